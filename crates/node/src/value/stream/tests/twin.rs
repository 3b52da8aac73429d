//! Random operations on a stream and on plain ordered maps.

use std::collections::BTreeMap;

use mainstay_foundation::Rng;

use super::*;

/// Id → who has it, when it was delivered, how often.
type TwinPending = BTreeMap<StreamId, (Vec<u8>, u64, u64)>;

#[derive(Default)]
struct Twin {
    entries: BTreeMap<StreamId, Vec<Vec<u8>>>,
    last_id: StreamId,
    delivered: StreamId,
    pending: TwinPending,
}

fn lines<'t>(entries: impl Iterator<Item = (&'t StreamId, &'t Vec<Vec<u8>>)>) -> Vec<String> {
    entries
        .map(|(id, fields)| {
            fields.iter().fold(id.to_string(), |line, text| line + " " + &String::from_utf8_lossy(text))
        })
        .collect()
}

struct World {
    stream: Stream,
    twin: Twin,
    rng: Rng,
    limits: BlockLimits,
    now_ms: u64,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut rng = Rng::new(seed);
        let limits = BlockLimits { entries_max: [100, 3, 10, 0][rng.below(4) as usize], bytes_max: 400 };
        let mut stream = Stream::default();
        stream.groups.create(b"g", StreamId::MIN, None);
        Self { stream, twin: Twin::default(), rng, limits, now_ms: 1_000 }
    }

    /// An id near the end of the stream, often one that exists.
    fn some_id(&mut self) -> StreamId {
        let back = self.rng.below(60);
        StreamId::new((self.twin.last_id.ms + 2).saturating_sub(back), self.rng.below(3) / 2)
    }

    fn name(&mut self) -> Vec<u8> {
        format!("consumer-{}", self.rng.below(4)).into_bytes()
    }

    fn step(&mut self) {
        self.now_ms += self.rng.below(5);
        match self.rng.below(10) {
            0..=3 => self.add(),
            4 => self.delete(),
            5 => self.trim(),
            6 => self.range(),
            7 => self.read(),
            8 => self.claim(),
            _ => self.settle(),
        }
    }

    fn add(&mut self) {
        let id = StreamId::new(self.twin.last_id.ms + self.rng.below(2), self.twin.last_id.seq + self.rng.below(2));
        let count = 1 + self.rng.below(3);
        let fields: Vec<Vec<u8>> =
            (0..2 * count)
                .map(|index| {
                    if self.rng.chance(0.1) {
                        vec![b'x'; self.rng.below(200) as usize]
                    } else {
                        vec![b'a' + index as u8]
                    }
                })
                .collect();
        let texts = fields.iter().map(Vec::as_slice);
        let expected = if id.is_zero() {
            Err(AddError::Zero)
        } else if id <= self.twin.last_id {
            Err(AddError::NotAbove)
        } else {
            Ok(id)
        };
        assert_eq!(self.stream.log.add(NewId::Exact(id), self.now_ms, texts, self.limits), expected);
        if expected.is_ok() {
            self.twin.last_id = id;
            self.twin.entries.insert(id, fields);
        }
    }

    fn delete(&mut self) {
        let id = self.some_id();
        assert_eq!(self.stream.log.delete(id), self.twin.entries.remove(&id).is_some(), "{id}");
    }

    fn trim(&mut self) {
        let before = self.twin.entries.len();
        let keep = if self.rng.chance(0.5) { Keep::Newest(self.rng.below(80)) } else { Keep::From(self.some_id()) };
        match keep {
            Keep::Newest(max) => {
                while self.twin.entries.len() as u64 > max {
                    self.twin.entries.pop_first();
                }
            }
            Keep::From(min) => self.twin.entries = self.twin.entries.split_off(&min),
        }
        let trimmed = self.stream.log.trim(Trim { keep, precision: Precision::Exact });
        assert_eq!(trimmed as usize, before - self.twin.entries.len(), "{keep:?}");
    }

    fn range(&mut self) {
        let (a, b) = (self.some_id(), self.some_id());
        let (start, end) = (a.min(b), a.max(b));
        let expected = lines(self.twin.entries.range(start..=end));
        assert_eq!(show(self.stream.log.range(start, end)), expected, "{start}..{end}");
        let reversed = lines(self.twin.entries.range(start..=end).rev());
        assert_eq!(show(self.stream.log.range_reverse(start, end)), reversed, "{start}..{end}");
        assert_eq!(self.stream.log.range(end, start).count(), usize::from(start == end && !expected.is_empty()));
        assert_eq!(self.stream.log.get(a).is_some(), self.twin.entries.contains_key(&a));
    }

    fn read(&mut self) {
        let (name, now_ms, count) = (self.name(), self.now_ms, 1 + self.rng.below(9) as usize);
        let Stream { log, groups } = &mut self.stream;
        let mut read = Vec::new();
        groups.update(b"g", |group| {
            let consumer = group.visit_consumer(&name, now_ms);
            let options = ReadNew { count: Some(count), acknowledge: Acknowledge::Required };
            group.read_new(log, consumer, options, now_ms, |entry| read.push(entry));
        });
        let fresh: Vec<_> =
            self.twin.entries.iter().filter(|entry| *entry.0 > self.twin.delivered).take(count).collect();
        assert_eq!(show(read), lines(fresh.iter().copied()));
        let ids: Vec<_> = fresh.iter().map(|entry| *entry.0).collect();
        for id in ids {
            self.twin.delivered = id;
            self.twin.pending.insert(id, (name.clone(), now_ms, 1));
        }
    }

    fn claim(&mut self) {
        let (name, id, now_ms, idle) = (self.name(), self.some_id(), self.now_ms, self.rng.below(100));
        let force = self.rng.chance(0.3);
        let claim = Claim {
            idle_min_ms: idle,
            delivery_time_ms: now_ms,
            delivery_count: None,
            missing: if force { Missing::Create } else { Missing::Skip },
            count: CountDelivery::Yes,
        };
        let Stream { log, groups } = &mut self.stream;
        let claimed = groups.update(b"g", |group| group.claim(log, &name, id, claim, now_ms)).unwrap();
        let had = self.twin.pending.get(&id).cloned();
        let outcome = match (self.twin.entries.contains_key(&id), had) {
            (false, _) => {
                self.twin.pending.remove(&id);
                "gone"
            }
            (true, Some((_, time, count))) if now_ms - time >= idle => {
                self.twin.pending.insert(id, (name, now_ms, count + 1));
                "entry"
            }
            (true, None) if force => {
                self.twin.pending.insert(id, (name, now_ms, 2));
                "entry"
            }
            (true, _) => "refused",
        };
        let got = match claimed {
            Claimed::Entry(entry) => {
                assert_eq!(entry.id, id);
                "entry"
            }
            Claimed::Gone => "gone",
            Claimed::Refused => "refused",
        };
        assert_eq!(got, outcome, "{id}");
    }

    /// Acknowledges, deletes a consumer, reads history, or claims whatever is idle.
    fn settle(&mut self) {
        match self.rng.below(10) {
            0 => {
                let name = self.name();
                let gone = self.stream.groups.update(b"g", |group| group.delete_consumer(&name)).unwrap();
                let before = self.twin.pending.len();
                self.twin.pending.retain(|_, (consumer, ..)| *consumer != name);
                assert_eq!(gone.unwrap_or(0), before - self.twin.pending.len());
            }
            1..=3 => self.read_history(),
            4..=5 => self.auto_claim(),
            _ => {
                let id = self.some_id();
                let done = self.stream.groups.update(b"g", |group| group.acknowledge(id)).unwrap();
                assert_eq!(done, self.twin.pending.remove(&id).is_some());
            }
        }
    }

    fn read_history(&mut self) {
        let (name, after, now_ms) = (self.name(), self.some_id(), self.now_ms);
        let Stream { log, groups } = &mut self.stream;
        let mut read = Vec::new();
        groups.update(b"g", |group| {
            let consumer = group.visit_consumer(&name, now_ms);
            group.read_history(log, consumer, after, Some(3), now_ms, |id, entry| read.push((id, entry.is_some())));
        });
        let own = self.twin.pending.iter_mut().filter(|(id, (consumer, ..))| **id > after && *consumer == name);
        let mut expected = Vec::new();
        for (&id, (_, time, count)) in own.take(3) {
            let exists = self.twin.entries.contains_key(&id);
            if exists {
                (*time, *count) = (now_ms, *count + 1);
            }
            expected.push((id, exists));
        }
        assert_eq!(read, expected);
    }

    fn auto_claim(&mut self) {
        let (name, start, now_ms, count) = (self.name(), self.some_id(), self.now_ms, 1 + self.rng.below(4) as usize);
        let options = AutoClaim { idle_min_ms: 30, start, count, delivery: CountDelivery::No };
        let Stream { log, groups } = &mut self.stream;
        let mut claimed = Vec::new();
        let rest = groups
            .update(b"g", |group| group.auto_claim(log, &name, options, now_ms, |entry| claimed.push(entry.id)))
            .unwrap();
        let (mut expected, mut deleted, mut cursor) = (Vec::new(), Vec::new(), StreamId::MIN);
        let ids: Vec<_> = self.twin.pending.range(start..).map(|(&id, _)| id).collect();
        for (looked_at, &id) in ids.iter().enumerate() {
            if expected.len() + deleted.len() == count || looked_at == 10 * count {
                cursor = id;
                break;
            }
            if !self.twin.entries.contains_key(&id) {
                self.twin.pending.remove(&id);
                deleted.push(id);
            } else if let Some(pending) = self.twin.pending.get_mut(&id).filter(|(_, time, _)| now_ms - *time >= 30) {
                (pending.0, pending.1) = (name.clone(), now_ms);
                expected.push(id);
            }
        }
        assert_eq!((claimed, rest), (expected, AutoClaimed { cursor, deleted }));
    }

    fn compare(&self) {
        let (log, twin) = (&self.stream.log, &self.twin);
        log.entries().verify();
        assert_eq!(log.len() as usize, twin.entries.len());
        assert_eq!(log.first_id(), twin.entries.first_key_value().map_or(StreamId::MIN, |(&id, _)| id));
        assert_eq!(log.top_id(), twin.entries.last_key_value().map(|(&id, _)| id));
        let group = self.stream.groups.get(b"g").unwrap();
        group.verify();
        let everything = PendingQuery { start: StreamId::MIN, end: StreamId::MAX, idle_min_ms: 0, consumer: None };
        let pending: TwinPending = group
            .pending_range(everything, self.now_ms)
            .map(|entry| (entry.id, (entry.consumer.to_vec(), entry.delivery_time_ms, entry.delivery_count)))
            .collect();
        assert_eq!(pending, twin.pending);
        let by_consumer = group.consumers().iter().map(|(id, _)| {
            let own = PendingQuery { consumer: Some(id), idle_min_ms: 20, ..everything };
            group.pending_range(own, self.now_ms).count()
        });
        let idle = twin.pending.values().filter(|(_, time, _)| self.now_ms - time >= 20).count();
        assert_eq!(by_consumer.sum::<usize>(), idle);
        let summary = group.pending_summary();
        assert_eq!(summary.count, twin.pending.len());
        assert_eq!(summary.consumers.iter().map(|(_, count)| count).sum::<usize>(), summary.count);
    }
}

#[test]
fn a_stream_is_its_dumb_twin() {
    for seed in 0..40 {
        let mut world = World::new(seed);
        for _ in 0..400 {
            world.step();
            world.compare();
        }
        snapshot::check_round_trip(&world.stream);
        assert!(world.stream.groups.destroy(b"g"));
        assert_eq!(world.stream.groups.heap_bytes(), 0);
    }
}
