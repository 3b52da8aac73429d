//! From a seed to a plan.

use super::plan::{Action, Plan, Restart, Setup, Step, Weather};
use super::vocabulary::Vocabulary;
use mainstay_foundation::Rng;

/// Connections of the world.
pub(super) const CLIENTS: usize = 5;

/// Which faults a seed has, each with its weight among the steps; drawn once, so that some worlds have none and some have all.
struct Temper {
    jumps: u64,
    weather: u64,
    crashes: u64,
    stops: u64,
    snapshots: u64,
    power: bool,
    flips: bool,
    storms: bool,
}

impl Temper {
    fn draw(rng: &mut Rng) -> Self {
        let mut often = |weight: u64| weight * rng.below(3);
        let (jumps, weather, crashes, stops, snapshots) = (often(8), often(6), often(6) + 4, often(3), often(12) + 4);
        let [power, flips, storms] = [(); 3].map(|()| rng.below(3) > 0);
        Self { jumps, weather, crashes, stops, snapshots, power, flips, storms }
    }
}

/// A client's place in a transaction.
#[derive(Clone, Copy, Default)]
struct Script {
    /// Requests still to be queued.
    left: Option<u64>,
}

struct Drawing {
    rng: Rng,
    temper: Temper,
    vocabulary: Vocabulary,
    clients: [Script; CLIENTS],
    steps: Vec<Step>,
}

/// The plan of `seed`: about `steps` steps, with a draw of faults of its own.
#[must_use]
pub fn draw(seed: u64, steps: usize) -> Plan {
    let mut rng = Rng::new(seed);
    let temper = Temper::draw(&mut rng);
    let segment_bytes = [4_096, 4_096, 16_384][rng.below(3) as usize];
    let setup = Setup {
        seed: rng.next_u64(),
        segment_bytes,
        waiting_bytes_max: [3_000, 1 << 20][rng.below(2) as usize],
        log_bytes_max: segment_bytes * [4, 64, 64][rng.below(3) as usize],
        drift_ppm: rng.below(200_001) as i64 - 100_000,
        tear_permille: [0, 500][rng.below(2) as usize],
    };
    let steps_max = steps / 2 + rng.below(steps as u64) as usize;
    let mut drawing =
        Drawing { rng, temper, vocabulary: Vocabulary::new(), clients: Default::default(), steps: Vec::new() };
    while drawing.steps.len() < steps_max {
        drawing.next();
    }
    Plan { setup, steps: drawing.steps, defect: None }
}

impl Drawing {
    fn next(&mut self) {
        let Temper { jumps, weather, crashes, stops, snapshots, .. } = self.temper;
        let mut at = self.rng.below(1_000);
        let mut hits = |weight: u64| {
            let hit = at < weight;
            at = at.saturating_sub(weight);
            hit
        };
        let action = if hits(jumps) {
            Action::Jump { us: self.jump() }
        } else if hits(weather) {
            Action::Weather(self.weather())
        } else if hits(crashes / 2) {
            Action::Crash(self.restart())
        } else if hits(crashes) {
            Action::Fuse { operations: self.rng.below(30), restart: self.restart() }
        } else if hits(stops) {
            Action::Stop { jump_us: self.jump() }
        } else if hits(snapshots) {
            Action::Snapshot
        } else if hits(snapshots * 6) {
            Action::SnapshotSteps { steps: self.rng.below(200) + 1 }
        } else if hits(40) {
            Action::Expire { shards: [32, 256][self.rng.below(2) as usize] }
        } else {
            return self.request();
        };
        if matches!(action, Action::Crash(_) | Action::Stop { .. }) {
            self.clients = Default::default();
        }
        self.push(action);
    }

    fn push(&mut self, action: Action) {
        let rng = &mut self.rng;
        let pause_us = match rng.below(20) {
            0..10 => 0,
            10..18 => rng.below(300),
            18 => rng.below(50_000),
            _ => rng.below(1_500_000),
        };
        self.steps.push(Step { pause_us, action });
    }

    fn request(&mut self) {
        let client = self.rng.below(CLIENTS as u64) as usize;
        let send = |drawing: &mut Self, args: Vec<Vec<u8>>| drawing.push(Action::Command { client, args });
        match self.clients[client].left {
            Some(0) => {
                self.clients[client].left = None;
                let end = if self.rng.below(8) == 0 { "DISCARD" } else { "EXEC" };
                send(self, vec![end.into()]);
            }
            Some(left) => {
                self.clients[client].left = Some(left - 1);
                let args = self.vocabulary.draw(&mut self.rng);
                send(self, args);
            }
            None => match self.rng.below(30) {
                0 => {
                    for args in self.vocabulary.pair(&mut self.rng) {
                        send(self, args);
                    }
                }
                1 if self.vocabulary.transactions => {
                    if self.rng.below(2) == 0 {
                        send(self, vec!["WATCH".into(), "a:s0".into(), "k:c1".into()]);
                    }
                    send(self, vec!["MULTI".into()]);
                    self.clients[client].left = Some(self.rng.below(4));
                }
                _ => {
                    let args = self.vocabulary.draw(&mut self.rng);
                    send(self, args);
                }
            },
        }
    }

    /// Forward or back, by milliseconds to an hour.
    fn jump(&mut self) -> i64 {
        let reach = [0, 20_000, 3_000_000, 3_600_000_000][self.rng.below(4) as usize];
        self.rng.below(2 * reach + 1) as i64 - reach as i64
    }

    fn weather(&mut self) -> Weather {
        let rng = &mut self.rng;
        let rarely = |rng: &mut Rng, permille: u64| if rng.below(4) == 0 { permille } else { 0 };
        Weather {
            write_error_permille: rarely(rng, 10),
            sync_error_permille: rarely(rng, 80),
            capacity_bytes: if rng.below(3) == 0 { 20_000 + rng.below(30_000) } else { u64::MAX },
            sync_us: [100, 200, 5_000, 700_000][rng.below(4) as usize],
        }
    }

    fn power(&mut self) -> Option<u64> {
        (self.temper.power && self.rng.below(3) > 0).then(|| self.rng.next_u64() >> 32)
    }

    fn restart(&mut self) -> Restart {
        let power = self.power();
        let jump_us = if self.temper.jumps > 0 { self.jump() } else { 0 };
        let flip = (self.temper.flips && self.rng.below(2) == 0).then(|| self.rng.next_u64() >> 32);
        let mut again = Vec::new();
        while self.temper.storms && again.len() < 3 && self.rng.below(2) == 0 {
            again.push((self.rng.below(14), self.power()));
        }
        Restart { power, jump_us, flip, again }
    }
}
