//! What `KEYSPACE` tells.

use crate::command::testing::{Db, check, check_on};
use crate::engine::Settings;
use crate::keyspace::{Durability, Keyspace, Keyspaces};

fn shop() -> Db {
    let product = Keyspace {
        name: "product".into(),
        prefix: (*b"product:").into(),
        durability: Durability::Always,
        memory_bytes_max: Some(1000),
        ttl_ms: Some(600_000),
        ..Keyspace::default_space()
    };
    Db::with(Settings::default(), Keyspaces::new(vec![Keyspace::default_space(), product]))
}

#[test]
fn keyspaces_are_listed_with_what_they_promise_and_hold() {
    let mut db = shop();
    check_on(
        &mut db,
        r#"
        KEYSPACE LIST => *2 $7 default $7 product
        KEYSPACE INFO nosuch => -ERR no keyspace is named 'nosuch'
        KEYSPACE INFO a b => -ERR wrong number of arguments for 'keyspace|info' command
        KEYSPACE foo => -ERR unknown subcommand 'foo'. Try KEYSPACE HELP.
        SET product:1 v => +OK
        SET other v => +OK
        "#,
    );
    let product = db.run("KEYSPACE INFO product");
    assert!(
        product
            .starts_with("*20 $4 name $7 product $6 prefix $8 product: $10 durability $6 always $4 keys :1 $5 bytes :")
    );
    assert!(product.contains("$10 max_memory :1000 $8 max_keys $-1 "), "{product}");
    assert!(product.ends_with("$6 ttl_ms :600000"), "{product}");
    let all = db.run("KEYSPACE INFO");
    assert!(all.starts_with("*2 *20 $4 name $7 default $6 prefix $0  $10 durability $8 everysec $4 keys :1"), "{all}");
}

#[test]
fn a_key_is_explained_by_the_prefix_that_matched() {
    let mut db = shop();
    db.run("SET product:{a}:1 12");
    let found = db.run("KEYSPACE EXPLAIN product:{a}:1");
    assert!(
        found.starts_with(
            "*24 $3 key $13 product:{a}:1 $8 hash_tag $1 a $4 slot :15495 $5 shard :242 $8 keyspace $7 product $7 because $71 \
             the key begins with the prefix 'product:', the longest that is declared $10 durability $6 always $6 exists :1 \
             $13 expires_at_ms :1700000600000 $4 type $6 string $8 encoding $3 int $12 memory_bytes :"
        ),
        "{found}"
    );
    db.session(0).protocol = crate::resp::Protocol::Resp3;
    let absent = db.run("KEYSPACE EXPLAIN x");
    assert!(absent.starts_with("%12 $3 key $1 x $8 hash_tag _ $4 slot :"), "{absent}");
    assert!(absent.contains("$7 because $33 no declared prefix begins the key"), "{absent}");
    assert!(
        absent.ends_with("$6 exists :0 $13 expires_at_ms _ $4 type _ $8 encoding _ $12 memory_bytes _"),
        "{absent}"
    );
}

#[test]
fn encodings_are_those_of_object_encoding() {
    let mut db = Db::new();
    db.run("SET short abc");
    db.run(&format!("SET long {}", "x".repeat(45)));
    db.run("APPEND grown a");
    db.run("APPEND grown b");
    db.run("ZADD z 1 m");
    for (key, shape) in [
        ("short", "$6 string $8 encoding $6 embstr"),
        ("long", "$6 string $8 encoding $3 raw"),
        ("grown", "$6 string $8 encoding $3 raw"),
        ("z", "$4 zset $8 encoding $8 listpack"),
    ] {
        let told = db.run(&format!("KEYSPACE EXPLAIN {key}"));
        assert!(told.contains(shape), "{told}");
    }
}

#[test]
fn it_runs_within_transactions() {
    check(
        r#"
        MULTI => +OK
        KEYSPACE LIST => +QUEUED
        EXEC => *1 *1 $7 default
        "#,
    );
}
