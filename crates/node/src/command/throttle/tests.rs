use super::gcra::{Decision, Params, REFILL_US_MAX, Verdict, decide};
use super::seconds;
use crate::command::testing::{BEGIN_MS, Db, check};
use proptest::prelude::*;

/// A bucket that is refilled drop by drop and looked at in the plainest way; times in microseconds.
struct Bucket {
    burst: u64,
    interval: u64,
    /// What is missing, in microseconds of refilling.
    missing: u64,
    at: u64,
}

impl Bucket {
    fn try_take(&mut self, now: u64, cost: u64) -> Decision {
        self.missing = self.missing.saturating_sub(now - self.at);
        self.at = now;
        let full = self.burst * self.interval;
        let wanted = cost * self.interval;
        let verdict = if cost > self.burst {
            Verdict::Never
        } else if self.missing + wanted <= full {
            self.missing += wanted;
            Verdict::Allowed { tat_us: now + self.missing }
        } else {
            Verdict::Denied { retry_after_us: self.missing + wanted - full }
        };
        let mut remaining = 0;
        while (remaining + 1) * self.interval <= full - self.missing {
            remaining += 1;
        }
        Decision { verdict, remaining, reset_us: self.missing }
    }
}

proptest! {
    #[test]
    fn decisions_are_those_of_a_bucket(
        burst in 1u64..6, count in 1u64..4, period in 1u64..3,
        steps in prop::collection::vec((prop_oneof![0u64..2_000, 330_000u64..340_000, 499_000u64..501_000, 0u64..3_000_000], 0u64..7), 1..60),
    ) {
        let (mut now, mut tat) = (1_700_000_000_000_000, None);
        let interval = (period * 1_000_000).div_ceil(count);
        let mut bucket = Bucket { burst, interval, missing: 0, at: now };
        let mut admitted: Vec<(u64, u64)> = Vec::new();
        for (step, cost) in steps {
            now += step;
            let decision = decide(now, tat, Params::new(burst, count, period, cost).unwrap());
            prop_assert_eq!(decision, bucket.try_take(now, cost));
            if let Verdict::Allowed { tat_us } = decision.verdict {
                // GCRA-3: dropping a state whose time is past changes nothing.
                tat = Some(tat_us).filter(|&tat| tat > now);
                admitted.push((now, cost));
            }
            // GCRA-1.
            for (at, &(begin, _)) in admitted.iter().enumerate() {
                let sum: u64 = admitted[at..].iter().map(|(_, cost)| cost).sum();
                prop_assert!(sum <= burst + (now - begin) / interval);
            }
        }
    }

    #[test]
    fn a_denied_request_is_admitted_exactly_when_it_was_told_to_come_back(
        burst in 1u64..9, count in 1u64..9, period in 1u64..9, ahead in 0u64..20_000_000, cost in 1u64..9,
    ) {
        let (now, params) = (5_000_000_000, Params::new(burst, count, period, cost).unwrap());
        let decision = decide(now, Some(now + ahead), params);
        if let Verdict::Denied { retry_after_us } = decision.verdict {
            let at = |wait| matches!(decide(now + wait, Some(now + ahead.min(decision.reset_us)), params).verdict, Verdict::Allowed { .. });
            prop_assert!(at(retry_after_us));
            prop_assert!(!at(retry_after_us - 1));
        }
    }
}

#[test]
fn a_clock_set_back_costs_one_burst_at_most() {
    let params = Params::new(3, 1, 1, 1).unwrap();
    let decision = decide(1_000_000, Some(u64::MAX), params);
    assert_eq!(
        decision,
        Decision { verdict: Verdict::Denied { retry_after_us: 1_000_000 }, remaining: 0, reset_us: 3_000_000 }
    );
}

#[test]
fn limits_are_refused_that_cannot_be_kept() {
    let cases = [(0, 1, 1), (1, 0, 1), (1, 1, 0), (u64::MAX, 1, 1), (1, 1, u64::MAX), (1, u64::MAX, 1 << 62)];
    for (burst, count, period) in cases {
        assert_eq!(Params::new(burst, count, period, 1), None, "{burst} {count} {period}");
    }
    let longest_s = REFILL_US_MAX / 1_000_000;
    assert!(Params::new(1, 1, longest_s, u64::MAX).is_some());
    assert_eq!(Params::new(1, 1, longest_s + 1, 1), None);
    assert_eq!(Params::new(2, 1, longest_s, 1), None);
    // More than one in a microsecond is held to that.
    let fastest = decide(0, None, Params::new(1, 5_000_000, 1, 1).unwrap());
    assert_eq!(fastest.verdict, Verdict::Allowed { tat_us: 1 });
}

#[test]
fn a_millisecond_begins_a_second() {
    for (micros, expected) in
        [(0, 0), (999, 0), (1_000, 1), (999_999, 1), (1_000_000, 1), (1_000_999, 1), (1_001_000, 2), (2_500_000, 3)]
    {
        assert_eq!(seconds(micros), expected, "{micros}");
    }
}

#[test]
fn a_limit_is_spent_denied_and_refilled() {
    check(
        r#"
        CL.THROTTLE k 2 1 1 => *5 :0 :3 :2 :-1 :1
        CL.THROTTLE k 2 1 1 => *5 :0 :3 :1 :-1 :2
        CL.THROTTLE k 2 1 1 0 => *5 :0 :3 :1 :-1 :2
        CL.THROTTLE k 2 1 1 2 => *5 :1 :3 :1 :1 :2
        CL.THROTTLE k 2 1 1 4 => *5 :1 :3 :1 :-1 :2
        CL.THROTTLE k 2 1 1 => *5 :0 :3 :0 :-1 :3
        CL.THROTTLE k 2 1 1 => *5 :1 :3 :0 :1 :3
        @sleep 999
        CL.THROTTLE k 2 1 1 => *5 :1 :3 :0 :1 :3
        @sleep 1
        CL.THROTTLE k 2 1 1 => *5 :0 :3 :0 :-1 :3
        @sleep 2999
        GET k => $16 1700000004000000
        CL.THROTTLE k 2 1 1 0 => *5 :0 :3 :2 :-1 :1
        @sleep 1
        GET k => $-1
        CL.THROTTLE k 2 1 1 0 => *5 :0 :3 :3 :-1 :0
        GET k => $-1
        "#,
    );
}

#[test]
fn what_is_refused_leaves_no_key() {
    check(
        r#"
        CL.THROTTLE k 0 1 60 2 => *5 :1 :1 :1 :-1 :0
        GET k => $-1
        CL.THROTTLE k -1 1 1 => -ERR max_burst must be an integer from 0 to 9223372036854775807
        CL.THROTTLE k x 1 1 => -ERR max_burst must be an integer from 0 to 9223372036854775807
        CL.THROTTLE k 1 0 1 => -ERR count must be an integer from 1 to 9223372036854775807
        CL.THROTTLE k 1 1.5 1 => -ERR count must be an integer from 1 to 9223372036854775807
        CL.THROTTLE k 1 1 0 => -ERR period must be an integer from 1 to 9223372036854775807
        CL.THROTTLE k 1 1 1 -1 => -ERR quantity must be an integer from 0 to 9223372036854775807
        CL.THROTTLE k 1 1 1 1 1 => -ERR syntax error
        CL.THROTTLE k 9223372036854775807 1 1 => -ERR the limit takes more than 100 years to refill after a burst
        CL.THROTTLE k 1 1 9223372036854775807 => -ERR the limit takes more than 100 years to refill after a burst
        CL.THROTTLE k 1 1 => -ERR wrong number of arguments for 'cl.throttle' command
        GET k => $-1
        SET text abc => +OK
        CL.THROTTLE text 1 1 1 => -ERR the key holds no state of a rate limit
        ZADD z 1 a => :1
        CL.THROTTLE z 1 1 1 => -WRONGTYPE Operation against a key holding the wrong kind of value
        "#,
    );
}

#[test]
fn the_log_has_the_outcome() {
    let mut db = Db::new();
    for _ in 0..3 {
        db.run("CL.THROTTLE k 1 1 10");
    }
    let tat = |seconds: u64| BEGIN_MS + seconds * 1_000;
    let expected = [10, 20].map(|seconds| format!("SET k {}000 PXAT {}", tat(seconds), tat(seconds)));
    assert_eq!(db.logged(), expected);
    db.verify();
}
