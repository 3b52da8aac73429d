//! A failing plan made small: delta debugging over its steps (Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing
//! Input", 2002).

use super::plan::{Action, Plan, Step};
use super::{Tracing, run};

/// The smallest plan found that breaks the same invariant as `plan`, in no more than `runs_max` runs.
#[must_use]
pub fn shrink(plan: &Plan, runs_max: usize) -> Plan {
    let Some(violation) = run(plan, Tracing::Digest).violation else { return plan.clone() };
    let mut runs = 0;
    let mut fails = |plan: &Plan| {
        runs += 1;
        runs <= runs_max
            && run(plan, Tracing::Digest).violation.is_some_and(|found| found.invariant == violation.invariant)
    };
    let mut small = plan.clone();
    leave_out(&mut small, &mut fails);
    for at in 0..small.steps.len() {
        for simpler in simpler(&small.steps[at]) {
            let mut tried = small.clone();
            tried.steps[at] = simpler;
            if fails(&tried) {
                small = tried;
            }
        }
    }
    leave_out(&mut small, &mut fails);
    small
}

/// Leaves out ever smaller runs of steps for as long as the plan fails.
fn leave_out(plan: &mut Plan, fails: &mut dyn FnMut(&Plan) -> bool) {
    let mut width = plan.steps.len().div_ceil(2);
    while width > 0 {
        let (mut at, mut left_out) = (0, false);
        while at < plan.steps.len() {
            let mut tried = plan.clone();
            tried.steps.drain(at..(at + width).min(plan.steps.len()));
            if fails(&tried) {
                *plan = tried;
                left_out = true;
            } else {
                at += width;
            }
        }
        if !left_out || width > 1 {
            width /= 2;
        }
    }
}

/// The same step with one thing less.
fn simpler(step: &Step) -> Vec<Step> {
    let mut all = Vec::new();
    if step.pause_us > 0 {
        all.push(Step { pause_us: 0, ..step.clone() });
    }
    if let Action::Crash(restart) | Action::Fuse { restart, .. } = &step.action {
        let mut calm = restart.clone();
        calm.again.clear();
        let mut upright = calm.clone();
        (upright.flip, upright.jump_us) = (None, 0);
        for restart in [calm, upright] {
            let action = match &step.action {
                Action::Fuse { operations, .. } => Action::Fuse { operations: *operations, restart },
                _ => Action::Crash(restart),
            };
            all.push(Step { pause_us: step.pause_us, action });
        }
    }
    all
}
