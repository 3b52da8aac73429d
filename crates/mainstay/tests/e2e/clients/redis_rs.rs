//! redis-rs, the most used client of this language.

use crate::kit::Server;
use redis::{Commands, Connection, ConnectionLike, RedisResult};
use std::collections::HashMap;
use std::time::Duration;

fn connect(server: &Server, query: &str) -> Connection {
    let url = format!("redis://127.0.0.1:{}/{query}", server.port());
    let client = redis::Client::open(url).expect("the address is sound");
    client.get_connection().expect("the server answers")
}

#[test]
fn values_of_every_family() {
    let server = Server::subject();
    for protocol in ["", "?protocol=resp3"] {
        let mut connection = connect(&server, protocol);
        let _: () = redis::cmd("FLUSHALL").query(&mut connection).expect("FLUSHALL works");
        families(&mut connection).expect("no command fails");
    }
}

fn families(connection: &mut Connection) -> RedisResult<()> {
    assert!(connection.check_connection());
    let () = connection.set("k", "v")?;
    assert_eq!(connection.get::<_, Option<String>>("k")?.as_deref(), Some("v"));
    assert_eq!(connection.get::<_, Option<String>>("nothing")?, None);
    let () = connection.set_ex("soon", "v", 100)?;
    assert!((1..=100).contains(&connection.ttl::<_, i64>("soon")?));
    assert_eq!(connection.incr::<_, _, i64>("n", 5)?, 5);
    let () = connection.hset_multiple("h", &[("a", 1), ("b", 2)])?;
    let hash: HashMap<String, i64> = connection.hgetall("h")?;
    assert_eq!(hash, HashMap::from([("a".to_owned(), 1), ("b".to_owned(), 2)]));
    let () = connection.rpush("l", &["x", "y", "z"])?;
    assert_eq!(connection.lrange::<_, Vec<String>>("l", 0, -1)?, ["x", "y", "z"]);
    let () = connection.zadd_multiple("z", &[(1.5, "one"), (2.0, "two")])?;
    let ranked: Vec<(String, f64)> = connection.zrange_withscores("z", 0, -1)?;
    assert_eq!(ranked, [("one".to_owned(), 1.5), ("two".to_owned(), 2.0)]);
    let () = connection.sadd("s", &["m"])?;
    assert!(connection.sismember::<_, _, bool>("s", "m")?);
    let id: String = connection.xadd("x", "1-1", &[("f", "v")])?;
    assert_eq!(id, "1-1");
    let mut found: Vec<String> = connection.scan_match::<_, String>("*")?.collect::<RedisResult<_>>()?;
    found.sort();
    assert_eq!(found, ["h", "k", "l", "n", "s", "soon", "x", "z"]);
    Ok(())
}

#[test]
fn transactions_pipelines_and_scripts() {
    let server = Server::subject();
    let mut connection = connect(&server, "");
    let (a, b): (i64, i64) =
        redis::pipe().atomic().incr("a", 1).incr("a", 10).query(&mut connection).expect("the transaction runs");
    assert_eq!((a, b), (1, 11));
    let many: Vec<i64> =
        (0..500).fold(&mut redis::pipe(), |pipe, _| pipe.incr("many", 1)).query(&mut connection).expect("runs");
    assert_eq!(many.last(), Some(&500));
    let counted: (i64,) = redis::transaction(&mut connection, &["a"], |connection, pipe| {
        let value: i64 = connection.get("a")?;
        pipe.set("a", value + 1).ignore().get("a").query(connection)
    })
    .expect("nobody interferes");
    assert_eq!(counted, (12,));
    // The first call sends EVALSHA, hears NOSCRIPT and loads the script.
    let script = redis::Script::new("return redis.call('incrby', KEYS[1], ARGV[1])");
    for expected in [7, 14] {
        let value: i64 = script.key("by-script").arg(7).invoke(&mut connection).expect("the script runs");
        assert_eq!(value, expected);
    }
    let error = redis::cmd("LPUSH").arg("a").arg("x").query::<i64>(&mut connection).expect_err("another type");
    assert_eq!(error.code(), Some("WRONGTYPE"));
}

#[test]
fn published_messages_arrive() {
    let server = Server::subject();
    let (mut listening, mut speaking) = (connect(&server, ""), connect(&server, ""));
    let mut subscription = listening.as_pubsub();
    subscription.set_read_timeout(Some(Duration::from_secs(10))).expect("a timeout can be set");
    subscription.subscribe("news").expect("subscribed");
    subscription.psubscribe("n*").expect("subscribed");
    assert_eq!(speaking.publish::<_, _, i64>("news", "hello").expect("published"), 2);
    let (first, second) =
        (subscription.get_message().expect("a message"), subscription.get_message().expect("another"));
    assert_eq!(first.get_payload::<String>().expect("text"), "hello");
    assert_eq!(second.get_pattern::<String>().expect("a pattern"), "n*");
}
