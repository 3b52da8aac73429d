use super::*;

/// Runs `history` (commands without the key, separated by `;`) and compares the group's count of entries read and its lag.
fn check(history: &str, expected: (Option<u64>, Option<i64>)) {
    let mut stream = Stream::default();
    for command in history.split("; ") {
        run(&mut stream, &command.split(' ').collect::<Vec<_>>());
    }
    let group = stream.groups.get(b"g").unwrap();
    assert_eq!((group.entries_read(), group.lag(&stream.log)), expected, "{history}");
}

fn run(stream: &mut Stream, words: &[&str]) {
    let Stream { log, groups } = stream;
    match words {
        ["add3"] => (1..=3).for_each(|ms| {
            let fields: [&[u8]; 2] = [b"a", b"1"];
            log.add(NewId::Exact(StreamId::new(ms, 0)), 0, fields.into_iter(), BlockLimits::default()).unwrap();
        }),
        ["create", last] => assert!(groups.create(b"g", id(last), None)),
        ["create", last, read] => assert!(groups.create(b"g", id(last), read.parse().ok())),
        ["setid", last] => groups.update(b"g", |group| group.set_id(id(last), None)).unwrap(),
        ["read", count] => {
            let options = ReadNew { count: count.parse().ok(), acknowledge: Acknowledge::Required };
            let read = groups.update(b"g", |group| {
                let consumer = group.visit_consumer(b"c", 0);
                group.read_new(log, consumer, options, 0, |_| {})
            });
            assert!(read > Some(0));
        }
        ["del", gone] => assert!(log.delete(id(gone))),
        ["maxlen", len] => {
            log.trim(Trim { keep: Keep::Newest(len.parse().unwrap()), precision: Precision::Exact });
        }
        ["xsetid", last, added] => {
            let set = SetId { last_id: id(last), entries_added: added.parse().ok(), max_deleted_id: None };
            log.set_id(set).unwrap();
        }
        other => panic!("no such command: {other:?}"),
    }
}

#[test]
fn lag_is_what_the_server_shows() {
    check("create 0", (None, Some(0)));
    check("create 5", (None, Some(0)));
    check("add3; create 0", (None, Some(3)));
    check("add3; create 1", (None, Some(2)));
    check("add3; create 2", (None, None));
    check("add3; create 3", (None, Some(0)));
    check("add3; create 9", (None, None));
    check("add3; create 0; read 2", (Some(2), Some(1)));
    check("add3; create 0 0; read 2", (Some(2), Some(1)));
    check("add3; create 2; read all", (Some(3), Some(0)));
    check("add3; create 0; del 2", (None, None));
    check("add3; create 0; del 1", (None, Some(2)));
    check("add3; create 0; read 1; del 2", (Some(1), None));
    check("add3; create 0; read 2; del 1", (Some(2), Some(1)));
    check("add3; create 0; del 2; read 1", (None, None));
    check("add3; create 0; del 2; read all", (Some(3), Some(0)));
    check("add3; create 0; del 1; del 2; del 3", (None, Some(0)));
    check("add3; create 0; maxlen 1", (None, Some(1)));
    check("add3; create 1 1; del 2; maxlen 1", (Some(1), Some(2)));
    check("add3; create 0 7", (Some(7), Some(-4)));
    check("add3; create 3; xsetid 9 50", (None, None));
    check("add3; create 0; read all; setid 1", (None, Some(2)));
}
