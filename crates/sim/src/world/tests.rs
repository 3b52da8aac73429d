//! The world itself: equal runs, plans as text, every crash point of a short script, a defect found and made small.

use super::defect::Defect;
use super::plan::{Action, Plan, PlanError, Restart, Setup, Step, Weather};
use super::shrink::shrink;
use super::{Report, Tracing, draw, run};

fn clean(plan: &Plan) -> Report {
    let report = run(plan, Tracing::Digest);
    if report.violation.is_some() {
        panic!("{}\n{}", run(plan, Tracing::Lines).trace.text(), plan.to_text());
    }
    report
}

#[test]
fn a_short_run_is_clean() {
    for seed in 0..60 {
        clean(&draw(seed, 120));
    }
}

#[test]
fn the_same_seed_is_the_same_run_byte_for_byte() {
    for seed in [3, 4, 5] {
        let plan = draw(seed, 150);
        assert_eq!(plan, draw(seed, 150));
        let [first, second] = [(); 2].map(|()| run(&plan, Tracing::Lines));
        assert_eq!(first.trace, second.trace);
        assert_eq!(first.totals, second.totals);
    }
    assert_ne!(run(&draw(3, 150), Tracing::Digest).trace, run(&draw(4, 150), Tracing::Digest).trace);
}

#[test]
fn a_plan_reads_back_from_its_text() {
    let mut lines = 0;
    for seed in 0..20 {
        let plan = Plan { defect: Some(Defect::ALL[seed as usize % Defect::ALL.len()]), ..draw(seed, 200) };
        assert_eq!(Plan::parse(&plan.to_text()), Ok(plan.clone()));
        lines += plan.steps.len();
    }
    assert!(lines > 1_000);
    for (text, line, what) in [
        ("", 1, "mainstay world 1"),
        ("mainstay world 1\nsetup 1 4096 1 1 0", 2, "another word"),
        ("mainstay world 1\nsetup 1 4096 1 1 0 0 none\n7 fly", 3, "an action"),
        ("mainstay world 1\nsetup 1 4096 1 1 0 0 none\n7 jump x", 3, "a number"),
        ("mainstay world 1\nsetup 1 4096 1 1 0 0 none\n7 command 1 %7", 3, "bytes, escaped as %xx"),
        ("mainstay world 1\nsetup 1 4096 1 1 0 0 none\n7 crash sleep", 3, "'kill' or 'power'"),
    ] {
        assert_eq!(Plan::parse(text), Err(PlanError { line, what }), "{text}");
    }
}

/// A little of everything that writes to the disk.
fn script(fuse: Option<(u64, Option<u64>)>) -> Plan {
    let setup = Setup {
        seed: 1,
        segment_bytes: 4096,
        waiting_bytes_max: 1 << 20,
        log_bytes_max: 1 << 20,
        drift_ppm: 0,
        tear_permille: 500,
    };
    let big = "x".repeat(1_500);
    let command = |client: usize, line: &str| Action::Command {
        client,
        args: line.split(' ').map(|word| word.replace("BIG", &big).into_bytes()).collect(),
    };
    let snapshot = [Action::Snapshot, Action::SnapshotSteps { steps: 400 }, Action::SnapshotSteps { steps: 400 }];
    let mut actions = vec![
        command(0, "SET a:s0 BIG"),
        command(1, "SET k:s0 short PX 5"),
        command(2, "MSET a:pair 1 k:pair 1"),
        command(3, "INCR a:c0"),
        command(0, "GET a:c0"),
    ];
    actions.extend(snapshot.clone());
    actions.extend([command(1, "SET a:s1 BIG"), command(0, "INCR a:c0"), command(2, "SET n:s0 gone")]);
    actions.push(Action::Expire { shards: 256 });
    actions.extend(snapshot);
    actions.extend([command(1, "APPEND a:s1 BIG"), command(3, "MSET a:pair 2 k:pair 2"), Action::Stop { jump_us: 0 }]);
    actions.extend([command(0, "INCR a:c0"), command(1, "GET n:s0")]);
    if let Some((operations, power)) = fuse {
        let restart = Restart { power, jump_us: -7_000, flip: None, again: vec![(2, power), (5, None)] };
        actions.insert(0, Action::Fuse { operations, restart });
    }
    let steps = actions.into_iter().map(|action| Step { pause_us: 700, action }).collect();
    Plan { setup, steps, defect: None }
}

#[test]
fn every_crash_point_of_a_short_script_keeps_every_promise() {
    for power in [None, Some(1), Some(2), Some(3)] {
        let stopped = |operations: &u64| {
            let totals = clean(&script(Some((*operations, power)))).totals;
            totals.kills + totals.power_losses > 0
        };
        let points = (0..).take_while(stopped).count();
        assert!(points > 40, "only {points} points to crash at");
    }
}

#[test]
fn a_full_disk_is_told_and_passes() {
    let fill = |at: u64| Step {
        pause_us: 500,
        action: Action::Command {
            client: 0,
            args: vec![b"SET".to_vec(), format!("a:s{at}").into_bytes(), vec![b'x'; 1_000]],
        },
    };
    let mut plan = script(None);
    plan.steps = (0..40).map(fill).collect();
    let weather = Weather { capacity_bytes: 20_000, ..Weather::CALM };
    plan.steps.insert(0, Step { pause_us: 0, action: Action::Weather(weather) });
    let totals = clean(&plan).totals;
    assert!((10..40).contains(&totals.no_space), "{totals:?}");
}

#[test]
fn a_defect_is_found_and_made_small() {
    let found = (0..50).map(|seed| Plan { defect: Some(Defect::ReadsDoNotWait), ..draw(seed, 120) });
    let failing = found.into_iter().find(|plan| run(plan, Tracing::Digest).violation.is_some());
    let small = shrink(&failing.expect("a defect as plain as this one is found soon"), 1_000);
    assert!(small.steps.len() <= 4, "{}", small.to_text());
    let violation = run(&small, Tracing::Digest).violation.expect("a small plan fails as the large one did");
    assert_eq!(violation.invariant, "SIM-3");
    assert!(run(&Plan { defect: None, ..small }, Tracing::Digest).violation.is_none(), "the defect is what fails");
}
