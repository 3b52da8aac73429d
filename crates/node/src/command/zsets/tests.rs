//! Transcripts whose replies are those of redis-server 7.0.15, doubles apart, which are shown shortest; and what the log is told.

use crate::command::testing::{Db, check, events};
use proptest::prelude::*;
use std::collections::BTreeSet;

#[test]
fn members_are_added_and_updated() {
    check(
        r#"
        ZADD k 1 a 2 b 2.5 c => :3
        ZADD k 1 a 3 b 0.1 d => :1
        ZADD k CH 1 a 4 b 5 e => :2
        ZADD k NX 9 a 9 f => :1
        ZADD k XX CH 7 a 7 none => :1
        ZADD k GT CH 1 a 8 b 1 g => :2
        ZADD k LT CH 9 a 0 b 1 h => :2
        ZADD k XX LT GT 1 a => -ERR GT, LT, and/or NX options at the same time are not compatible
        ZADD k XX INCR 1 none => $-1
        ZADD k INCR 1 a => $1 8
        ZADD k NX INCR 1 a => $-1
        ZADD k GT INCR -1 a => $-1
        ZADD k LT INCR -1 a => $1 7
        ZADD k INCR 2.25 new => $4 2.25
        ZADD none XX 1 a => :0
        ZCARD none => :0
        ZRANGE k 0 -1 WITHSCORES => *18 $1 b $1 0 $1 d $3 0.1 $1 g $1 1 $1 h $1 1 $3 new $4 2.25 $1 c $3 2.5 $1 e $1 5 $1 a $1 7 $1 f $1 9
        ZADD k inf top -inf bottom => :2
        ZADD k INCR -inf top => -ERR resulting score is not a number (NaN)
        ZSCORE k top => $3 inf
        ZINCRBY k 1.5 a => $3 8.5
        ZINCRBY k 1 nx => $1 1
        ZINCRBY fresh -1 a => $2 -1
        ZREM k a none b => :2
        ZREM k none => :0
        ZREM none a => :0
        ZREM fresh a => :1
        ZCARD fresh => :0
        "#,
    );
}

#[test]
fn additions_are_refused_in_order() {
    check(
        r#"
        ZADD k 1 => -ERR wrong number of arguments for 'zadd' command
        ZADD k 1 a 2 => -ERR syntax error
        ZADD k NX XX => -ERR syntax error
        ZADD k NX XX 1 a => -ERR XX and NX options at the same time are not compatible
        ZADD k NX GT 1 a => -ERR GT, LT, and/or NX options at the same time are not compatible
        ZADD k GT LT 1 a => -ERR GT, LT, and/or NX options at the same time are not compatible
        ZADD k INCR 1 a 2 b => -ERR INCR option supports a single increment-element pair
        ZADD k x a => -ERR value is not a valid float
        ZADD k 1 a nan b => -ERR value is not a valid float
        ZADD k 1 a 1e400 b => -ERR value is not a valid float
        ZADD k FOO 1 a => -ERR syntax error
        ZINCRBY k nx a => -ERR syntax error
        ZINCRBY k x a => -ERR value is not a valid float
        ZINCRBY k 1 a 2 => -ERR wrong number of arguments for 'zincrby' command
        ZCARD k => :0
        SET s v => +OK
        ZADD s 1 a => -WRONGTYPE Operation against a key holding the wrong kind of value
        ZADD s x a => -ERR value is not a valid float
        ZINCRBY s 1 a => -WRONGTYPE Operation against a key holding the wrong kind of value
        ZREM s a => -WRONGTYPE Operation against a key holding the wrong kind of value
        "#,
    );
}

#[test]
fn scores_are_shown_shortest() {
    check(
        r#"
        ZADD k 0.1 a 1e20 b 1e21 c -0 d 123456789012345680 e 1e-7 f 3.0 g inf h -inf i => :9
        ZRANGE k 0 -1 WITHSCORES => *18 $1 i $4 -inf $1 d $1 0 $1 f $4 1e-7 $1 a $3 0.1 $1 g $1 3 $1 e $18 123456789012345680 $1 b $5 1e+20 $1 c $5 1e+21 $1 h $3 inf
        @resp 3
        ZRANGE k 0 -1 WITHSCORES => *9 *2 $1 i ,-inf *2 $1 d ,0 *2 $1 f ,1e-7 *2 $1 a ,0.1 *2 $1 g ,3 *2 $1 e ,123456789012345680 *2 $1 b ,1e+20 *2 $1 c ,1e+21 *2 $1 h ,inf
        ZSCORE k a => ,0.1
        ZSCORE k none => _
        ZMSCORE k a none h => *3 ,0.1 _ ,inf
        ZINCRBY k 1 a => ,1.1
        ZADD k INCR 1 a => ,2.1
        ZADD k NX INCR 1 a => _
        ZRANK k none => _
        ZRANDMEMBER k 1 BAD => -ERR syntax error
        ZSCAN one 0 => *2 $1 0 *0
        ZADD one 1.5 m => :1
        ZSCAN one 0 => *2 $1 0 *2 $1 m $3 1.5
        ZRANDMEMBER one 1 WITHSCORES => *1 *2 $1 m ,1.5
        ZRANDMEMBER one -2 WITHSCORES => *2 *2 $1 m ,1.5 *2 $1 m ,1.5
        "#,
    );
}

#[test]
fn single_members_are_found() {
    check(
        r#"
        ZADD k 1 a 2 b 3 c => :3
        ZSCORE k b => $1 2
        ZSCORE k none => $-1
        ZMSCORE k c none a => *3 $1 3 $-1 $1 1
        ZMSCORE none a b => *2 $-1 $-1
        ZRANK k a => :0
        ZRANK k c => :2
        ZREVRANK k a => :2
        ZREVRANK k c => :0
        ZRANK k none => $-1
        ZREVRANK none a => $-1
        ZCARD k => :3
        ZCARD none => :0
        SET s v => +OK
        ZSCORE s a => -WRONGTYPE Operation against a key holding the wrong kind of value
        ZMSCORE s a => -WRONGTYPE Operation against a key holding the wrong kind of value
        ZRANK s a => -WRONGTYPE Operation against a key holding the wrong kind of value
        ZREVRANK s a => -WRONGTYPE Operation against a key holding the wrong kind of value
        ZCARD s => -WRONGTYPE Operation against a key holding the wrong kind of value
        "#,
    );
}

#[test]
fn ranges_by_rank() {
    check(
        r#"
        ZADD k 1 a 2 b 3 c 4 d => :4
        ZRANGE k 0 -1 => *4 $1 a $1 b $1 c $1 d
        ZRANGE k 1 2 => *2 $1 b $1 c
        ZRANGE k -2 -1 WITHSCORES => *4 $1 c $1 3 $1 d $1 4
        ZRANGE k 2 1 => *0
        ZRANGE k 4 9 => *0
        ZRANGE k -9 0 => *1 $1 a
        ZRANGE k -9223372036854775808 9223372036854775807 => *4 $1 a $1 b $1 c $1 d
        ZRANGE k 0 1 REV WITHSCORES => *4 $1 d $1 4 $1 c $1 3
        ZREVRANGE k 1 -1 => *3 $1 c $1 b $1 a
        ZREVRANGE k 0 0 WITHSCORES => *2 $1 d $1 4
        ZRANGE k 0 1 LIMIT 0 1 => -ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX
        ZRANGE k 0 1 LIMIT 3 -1 => *2 $1 a $1 b
        ZREVRANGE k 0 1 REV => -ERR syntax error
        ZREVRANGE k 0 1 LIMIT 0 1 => -ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX
        ZRANGE k a b => -ERR value is not an integer or out of range
        ZRANGE k 0 1 WITHSCORE => -ERR syntax error
        ZRANGE none 0 -1 => *0
        ZREMRANGEBYRANK k 1 2 => :2
        ZREMRANGEBYRANK k 5 6 => :0
        ZREMRANGEBYRANK k x 1 => -ERR value is not an integer or out of range
        ZREMRANGEBYRANK none 0 1 => :0
        ZRANGE k 0 -1 => *2 $1 a $1 d
        ZREMRANGEBYRANK k 0 -1 => :2
        ZCARD k => :0
        "#,
    );
}

#[test]
fn ranges_by_score() {
    check(
        r#"
        ZADD k 1 a 2 b 2 bb 3 c => :4
        ZRANGEBYSCORE k 1 2 => *3 $1 a $1 b $2 bb
        ZRANGEBYSCORE k (1 (3 => *2 $1 b $2 bb
        ZRANGEBYSCORE k -inf +inf WITHSCORES LIMIT 1 2 => *4 $1 b $1 2 $2 bb $1 2
        ZRANGEBYSCORE k -inf +inf LIMIT 1 -1 => *3 $1 b $2 bb $1 c
        ZRANGEBYSCORE k -inf +inf LIMIT -1 2 => *0
        ZRANGEBYSCORE k -inf +inf LIMIT 9 2 => *0
        ZRANGEBYSCORE k -inf +inf LIMIT 0 0 => *0
        ZRANGEBYSCORE k 3 1 => *0
        ZRANGEBYSCORE k (2 2 => *0
        ZREVRANGEBYSCORE k inf (1 WITHSCORES LIMIT 1 1 => *2 $2 bb $1 2
        ZRANGE k 1 2 BYSCORE => *3 $1 a $1 b $2 bb
        ZRANGE k 3 (1 BYSCORE REV LIMIT 0 2 => *2 $1 c $2 bb
        ZRANGE k 1 2 BYSCORE BYLEX => -ERR syntax error
        ZRANGEBYSCORE k 1 2 BYSCORE => -ERR syntax error
        ZRANGEBYSCORE k 1 2 REV => -ERR syntax error
        ZRANGEBYSCORE k 1 2 LIMIT 0 => -ERR syntax error
        ZRANGEBYSCORE k 1 2 LIMIT a 0 => -ERR value is not an integer or out of range
        ZRANGEBYSCORE k x 2 => -ERR min or max is not a float
        ZRANGEBYSCORE k 1 (x => -ERR min or max is not a float
        ZRANGEBYSCORE k 1 nan => -ERR min or max is not a float
        ZCOUNT k 2 2 => :2
        ZCOUNT k (1 (3 => :2
        ZCOUNT k "" 1e400 => :4
        ZCOUNT k " 1" 0x2 => :3
        ZCOUNT k 3 1 => :0
        ZCOUNT none 0 1 => :0
        ZCOUNT k a b => -ERR min or max is not a float
        ZREMRANGEBYSCORE k 2 2 => :2
        ZREMRANGEBYSCORE k 9 9 => :0
        ZREMRANGEBYSCORE k a 2 => -ERR min or max is not a float
        ZREMRANGEBYSCORE none 1 2 => :0
        ZRANGE k 0 -1 => *2 $1 a $1 c
        "#,
    );
}

#[test]
fn ranges_by_member() {
    check(
        r#"
        ZADD k 0 "" 0 a 0 aa 0 b 0 c => :5
        ZRANGEBYLEX k - + => *5 $0  $1 a $2 aa $1 b $1 c
        ZRANGEBYLEX k [a (c => *3 $1 a $2 aa $1 b
        ZRANGEBYLEX k (a [b LIMIT 1 1 => *1 $1 b
        ZRANGEBYLEX k [aaa (b => *0
        ZRANGEBYLEX k + - => *0
        ZREVRANGEBYLEX k + (a => *3 $1 c $1 b $2 aa
        ZREVRANGEBYLEX k (c [a LIMIT 0 2 => *2 $1 b $2 aa
        ZRANGE k [a + BYLEX => *4 $1 a $2 aa $1 b $1 c
        ZRANGE k + [a BYLEX REV => *4 $1 c $1 b $2 aa $1 a
        ZRANGE k - + BYLEX WITHSCORES => -ERR syntax error, WITHSCORES not supported in combination with BYLEX
        ZRANGEBYLEX k a b => -ERR min or max not valid string range item
        ZRANGEBYLEX k -a + => -ERR min or max not valid string range item
        ZRANGEBYLEX k - "" => -ERR min or max not valid string range item
        ZRANGEBYLEX none - + => *0
        ZLEXCOUNT k - + => :5
        ZLEXCOUNT k [a [b => :3
        ZLEXCOUNT k ( [ => :0
        ZLEXCOUNT k x [b => -ERR min or max not valid string range item
        ZREMRANGEBYLEX k [a (b => :2
        ZREMRANGEBYLEX k [x [z => :0
        ZREMRANGEBYLEX k x + => -ERR min or max not valid string range item
        ZRANGE k 0 -1 => *3 $0  $1 b $1 c
        "#,
    );
}

#[test]
fn ranges_are_stored() {
    check(
        r#"
        ZADD k 1 a 2 b 3 c => :3
        ZRANGESTORE d k 1 -1 => :2
        ZRANGE d 0 -1 WITHSCORES => *4 $1 b $1 2 $1 c $1 3
        ZRANGESTORE d k (1 3 BYSCORE LIMIT 0 1 => :1
        ZRANGE d 0 -1 WITHSCORES => *2 $1 b $1 2
        ZRANGESTORE d k 3 1 BYSCORE REV LIMIT 0 2 => :2
        ZRANGE d 0 -1 WITHSCORES => *4 $1 b $1 2 $1 c $1 3
        ZRANGESTORE d k - [b BYLEX => :2
        ZRANGESTORE k k 0 1 => :2
        ZRANGE k 0 -1 => *2 $1 a $1 b
        SET s v => +OK
        ZRANGESTORE s k 0 -1 => :2
        ZRANGE s 0 -1 => *2 $1 a $1 b
        ZRANGESTORE d k 9 9 => :0
        ZCARD d => :0
        ZRANGESTORE d none 0 -1 => :0
        ZRANGESTORE d k 0 1 WITHSCORES => -ERR syntax error
        ZRANGESTORE d k 0 1 LIMIT 0 1 => -ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX
        SET s v => +OK
        ZRANGESTORE d s 0 1 => -WRONGTYPE Operation against a key holding the wrong kind of value
        "#,
    );
}

#[test]
fn members_are_popped() {
    check(
        r#"
        ZADD k 1 a 2 b 3 c 4 d 5 e => :5
        ZPOPMIN k => *2 $1 a $1 1
        ZPOPMAX k => *2 $1 e $1 5
        ZPOPMIN k 0 => *0
        ZPOPMIN k 2 => *4 $1 b $1 2 $1 c $1 3
        ZPOPMAX k 9 => *2 $1 d $1 4
        ZPOPMAX k => *0
        ZPOPMIN k -1 => -ERR value is out of range, must be positive
        ZPOPMIN k x => -ERR value is out of range, must be positive
        ZPOPMIN k 1 2 => -ERR syntax error
        SET s v => +OK
        ZPOPMIN s => -WRONGTYPE Operation against a key holding the wrong kind of value
        ZPOPMAX s 0 => -WRONGTYPE Operation against a key holding the wrong kind of value
        @resp 3
        ZADD k 1 a 2 b 3 c => :3
        ZPOPMIN k => *2 $1 a ,1
        ZPOPMIN k 1 => *1 *2 $1 b ,2
        ZPOPMAX k 9 => *1 *2 $1 c ,3
        ZPOPMAX k 9 => *0
        "#,
    );
}

#[test]
fn members_are_popped_from_the_first_set_that_has_any() {
    check(
        r#"
        ZADD k 1 a 2 b 3 c => :3
        ZMPOP 2 none k MIN => *2 $1 k *1 *2 $1 a $1 1
        ZMPOP 2 none k MAX COUNT 9 => *2 $1 k *2 *2 $1 c $1 3 *2 $1 b $1 2
        ZMPOP 2 none k MAX => *-1
        ZMPOP 0 k MIN => -ERR numkeys should be greater than 0
        ZMPOP x k MIN => -ERR numkeys should be greater than 0
        ZMPOP 9223372036854775807 k MIN => -ERR syntax error
        ZMPOP 1 k => -ERR wrong number of arguments for 'zmpop' command
        ZMPOP 1 k MID => -ERR syntax error
        ZMPOP 1 k MIN COUNT => -ERR syntax error
        ZMPOP 1 k MIN COUNT 0 => -ERR count should be greater than 0
        ZMPOP 1 k MIN COUNT 1 COUNT 1 => -ERR syntax error
        ZMPOP 1 k MIN 1 => -ERR syntax error
        SET s v => +OK
        ZMPOP 2 s k MIN => -WRONGTYPE Operation against a key holding the wrong kind of value
        ZMPOP 2 none s MIN => -WRONGTYPE Operation against a key holding the wrong kind of value
        @resp 3
        ZADD k 1 a 2 b 3 c => :3
        ZMPOP 1 k MAX COUNT 2 => *2 $1 k *2 *2 $1 c ,3 *2 $1 b ,2
        ZMPOP 1 none MAX => _
        BZPOPMIN none k 0 => *3 $1 k $1 a ,1
        BZMPOP -1 1 none MIN => -ERR timeout is negative
        BZMPOP x 1 none MIN => -ERR timeout is not a float or out of range
        BZMPOP 0 0 none MIN => -ERR numkeys should be greater than 0
        BZPOPMIN none -1 => -ERR timeout is negative
        BZPOPMIN none x => -ERR timeout is not a float or out of range
        BZPOPMIN s k 0 => -WRONGTYPE Operation against a key holding the wrong kind of value
        "#,
    );
}

#[test]
fn clients_wait_for_members_in_order_of_arrival() {
    check(
        r#"
        1> BZPOPMIN q r 0 => (waits)
        2> BZPOPMAX r 0 => (waits)
        3> BZMPOP 0 2 q r MAX COUNT 2 => (waits)
        ZADD r 1 a 2 b 3 c 4 d => :4
        1> => *3 $1 r $1 a $1 1
        2> => *3 $1 r $1 d $1 4
        3> => *2 $1 r *2 *2 $1 c $1 3 *2 $1 b $1 2
        ZRANGE r 0 -1 => *0
        "#,
    );
}

#[test]
fn a_waiting_client_passes_over_other_types() {
    check(
        r#"
        1> BZPOPMIN q r 0 => (waits)
        SET q v => +OK
        1> => (waits)
        ZADD r 1 a => :1
        1> => *3 $1 r $1 a $1 1
        1> BZMPOP 0 1 t MIN => (waits)
        LPUSH t x => :1
        1> => (waits)
        LPOP t => $1 x
        ZADD t 1 m => :1
        1> => *2 $1 t *1 *2 $1 m $1 1
        ZCARD t => :0
        "#,
    );
}

#[test]
fn unions() {
    check(
        r#"
        ZADD a 1 x 2 y => :2
        ZADD b 10 y 20 z => :2
        SADD s x z w => :3
        ZUNION 2 a b => *3 $1 x $1 y $1 z
        ZUNION 2 a b WITHSCORES => *6 $1 x $1 1 $1 y $2 12 $1 z $2 20
        ZUNION 3 a b s WITHSCORES => *8 $1 w $1 1 $1 x $1 2 $1 y $2 12 $1 z $2 21
        ZUNION 2 a b WEIGHTS 2 0.5 WITHSCORES => *6 $1 x $1 2 $1 y $1 9 $1 z $2 10
        ZUNION 2 a b AGGREGATE MIN WITHSCORES => *6 $1 x $1 1 $1 y $1 2 $1 z $2 20
        ZUNION 2 a b AGGREGATE max WITHSCORES => *6 $1 x $1 1 $1 y $2 10 $1 z $2 20
        ZUNION 2 a none WITHSCORES => *4 $1 x $1 1 $1 y $1 2
        ZUNION 2 a a WITHSCORES => *4 $1 x $1 2 $1 y $1 4
        ZUNION 1 none => *0
        ZUNIONSTORE d 2 a b WEIGHTS 1 2 AGGREGATE MAX => :3
        ZRANGE d 0 -1 WITHSCORES => *6 $1 x $1 1 $1 y $2 20 $1 z $2 40
        ZUNIONSTORE a 2 a s => :4
        ZRANGE a 0 -1 WITHSCORES => *8 $1 w $1 1 $1 z $1 1 $1 x $1 2 $1 y $1 2
        ZUNIONSTORE d 1 none => :0
        ZCARD d => :0
        ZADD p inf m => :1
        ZADD n -inf m => :1
        ZUNION 2 p n WITHSCORES => *2 $1 m $1 0
        ZUNION 1 p WEIGHTS 0 WITHSCORES => *2 $1 m $1 0
        @resp 3
        ZUNION 2 p n WITHSCORES => *1 *2 $1 m ,0
        ZUNION 2 p n => *1 $1 m
        "#,
    );
}

#[test]
fn intersections_and_differences() {
    check(
        r#"
        ZADD a 1 x 2 y 3 z => :3
        ZADD b 10 y 20 z 30 w => :3
        SADD s z => :1
        ZINTER 2 a b WITHSCORES => *4 $1 y $2 12 $1 z $2 23
        ZINTER 3 a b s WITHSCORES => *2 $1 z $2 24
        ZINTER 2 a b WEIGHTS 1 -1 AGGREGATE MIN WITHSCORES => *4 $1 z $3 -20 $1 y $3 -10
        ZINTER 2 a none => *0
        ZINTERSTORE d 2 a b => :2
        ZRANGE d 0 -1 WITHSCORES => *4 $1 y $2 12 $1 z $2 23
        ZINTERSTORE d 2 a none => :0
        ZCARD d => :0
        ZINTERCARD 2 a b => :2
        ZINTERCARD 2 a b LIMIT 1 => :1
        ZINTERCARD 2 a b LIMIT 0 => :2
        ZINTERCARD 2 a b LIMIT -1 => -ERR LIMIT can't be negative
        ZINTERCARD 2 a b LIMIT x => -ERR LIMIT can't be negative
        ZINTERCARD 2 a none => :0
        ZDIFF 2 a b WITHSCORES => *2 $1 x $1 1
        ZDIFF 3 a b s => *1 $1 x
        ZDIFF 2 s a => *0
        ZDIFF 1 none => *0
        ZDIFFSTORE d 2 a s => :2
        ZRANGE d 0 -1 WITHSCORES => *4 $1 x $1 1 $1 y $1 2
        ZDIFFSTORE d 2 s a => :0
        ZCARD d => :0
        "#,
    );
}

#[test]
fn combinations_are_refused_in_order() {
    check(
        r#"
        ZADD a 1 x => :1
        SET str v => +OK
        ZUNION 0 a => -ERR at least 1 input key is needed for 'zunion' command
        ZINTERSTORE d 0 a => -ERR at least 1 input key is needed for 'zinterstore' command
        ZDIFF -1 a => -ERR at least 1 input key is needed for 'zdiff' command
        ZINTERCARD 0 a => -ERR at least 1 input key is needed for 'zintercard' command
        ZUNION x a => -ERR value is not an integer or out of range
        ZUNION 2 a => -ERR syntax error
        ZUNION 2 a str FOO => -WRONGTYPE Operation against a key holding the wrong kind of value
        ZUNION 1 a FOO => -ERR syntax error
        ZUNION 1 a WEIGHTS => -ERR syntax error
        ZUNION 1 a WEIGHTS x => -ERR weight value is not a float
        ZUNION 1 a WEIGHTS nan => -ERR weight value is not a float
        ZUNION 1 a AGGREGATE => -ERR syntax error
        ZUNION 1 a AGGREGATE avg => -ERR syntax error
        ZUNION 1 a LIMIT 1 => -ERR syntax error
        ZUNIONSTORE d 1 a WITHSCORES => -ERR syntax error
        ZDIFF 1 a WEIGHTS 1 => -ERR syntax error
        ZDIFF 1 a AGGREGATE SUM => -ERR syntax error
        ZINTERCARD 1 a WITHSCORES => -ERR syntax error
        ZINTERCARD 1 a WEIGHTS 1 => -ERR syntax error
        ZINTERCARD 1 a LIMIT => -ERR syntax error
        ZUNIONSTORE str 1 a => :1
        ZRANGE str 0 -1 => *1 $1 x
        "#,
    );
}

#[test]
fn random_members_and_walks() {
    check(
        r#"
        ZRANDMEMBER none => $-1
        ZRANDMEMBER none 3 => *0
        ZRANDMEMBER none -3 => *0
        ZADD k 1.5 m => :1
        ZRANDMEMBER k => $1 m
        ZRANDMEMBER k 0 => *0
        ZRANDMEMBER k 5 => *1 $1 m
        ZRANDMEMBER k -3 => *3 $1 m $1 m $1 m
        ZRANDMEMBER k 5 WITHSCORES => *2 $1 m $3 1.5
        ZRANDMEMBER k -2 WITHSCORES => *4 $1 m $3 1.5 $1 m $3 1.5
        ZRANDMEMBER k x => -ERR value is not an integer or out of range
        ZRANDMEMBER k -9223372036854775808 => -ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807
        ZRANDMEMBER k -9223372036854775807 WITHSCORES => -ERR value is out of range
        ZRANDMEMBER k 1 SCORES => -ERR syntax error
        ZRANDMEMBER k 1 WITHSCORES 2 => -ERR syntax error
        ZADD k 2 n => :1
        ZSCAN k 0 => *2 $1 0 *4 $1 m $3 1.5 $1 n $1 2
        ZSCAN k 0 MATCH n* COUNT 100 => *2 $1 0 *2 $1 n $1 2
        ZSCAN k 0 COUNT 0 => -ERR syntax error
        ZSCAN k 0 COUNT x => -ERR value is not an integer or out of range
        ZSCAN k 0 MATCH => -ERR syntax error
        ZSCAN k 0 FOO 1 => -ERR syntax error
        ZSCAN k x => -ERR invalid cursor
        ZSCAN none 0 FOO => *2 $1 0 *0
        ZSCAN none x => -ERR invalid cursor
        SET s v => +OK
        ZSCAN s 0 FOO => -WRONGTYPE Operation against a key holding the wrong kind of value
        ZRANDMEMBER s => -WRONGTYPE Operation against a key holding the wrong kind of value
        ZRANDMEMBER s 1 => -WRONGTYPE Operation against a key holding the wrong kind of value
        "#,
    );
}

#[test]
fn pops_of_clients_that_waited_are_logged_as_pops() {
    let mut db = Db::new();
    assert_eq!(db.run_as(1, "BZPOPMAX q r 0"), "(waits)");
    assert_eq!(db.run_as(2, "BZMPOP 0 2 q r MIN COUNT 5"), "(waits)");
    db.run("ZADD r 1 a 2 b 3 c");
    assert_eq!((db.hear(1), db.hear(2)), ("*3 $1 r $1 c $1 3".into(), "*2 $1 r *2 *2 $1 a $1 1 *2 $1 b $1 2".into()));
    db.run("ZADD r 1 a");
    db.run("ZMPOP 2 q r MAX");
    db.run("ZADD r 1 a");
    db.run("BZPOPMIN q r 0");
    let expected =
        ["ZADD r 1 a 2 b 3 c", "ZPOPMAX r 1", "ZPOPMIN r 5", "ZADD r 1 a", "ZPOPMAX r 1", "ZADD r 1 a", "ZPOPMIN r 1"];
    assert_eq!(db.logged(), expected);
    db.verify();
}

#[test]
fn what_changes_nothing_is_not_logged() {
    let mut db = Db::new();
    db.run("ZADD k 1 a");
    let before = db.logged();
    let idle = [
        "ZADD k 1 a",
        "ZADD k XX 2 b",
        "ZADD k NX 2 a",
        "ZADD k GT 0 a",
        "ZADD none XX 1 a",
        "ZINCRBY k 0 a",
        "ZREM k b",
        "ZREM none b",
        "ZPOPMIN k 0",
        "ZPOPMIN none",
        "ZREMRANGEBYRANK k 5 6",
        "ZREMRANGEBYSCORE k 5 6",
        "ZREMRANGEBYLEX none - +",
        "ZUNIONSTORE none 1 none",
        "ZRANGESTORE none k 5 6",
        "ZMPOP 1 none MIN",
        "ZRANDMEMBER k",
        "ZADD k INCR nan a",
    ];
    for command in idle {
        db.run(command);
        assert_eq!(db.logged(), before, "{command}");
    }
    db.verify();
}

/// The bulk strings of a reply in one line, which holds nothing else but counts.
fn members(reply: &str) -> Vec<String> {
    reply.split(' ').filter(|word| !word.starts_with(['*', '$'])).map(String::from).collect()
}

#[test]
fn a_walk_meets_every_member_that_stays() {
    let mut db = Db::new();
    for at in 0..1_000 {
        db.run(&format!("ZADD k {at} stay{at} {at} go{at}"));
    }
    let (mut cursor, mut met, mut calls) = ("0".to_string(), BTreeSet::new(), 0);
    loop {
        let reply = members(&db.run(&format!("ZSCAN k {cursor} COUNT 7")));
        let (next, found) = reply.split_first().unwrap();
        met.extend(found.chunks(2).map(|pair| pair[0].clone()).filter(|member| member.starts_with("stay")));
        db.run(&format!("ZREM k go{calls}"));
        db.run(&format!("ZADD k 1 new{calls} 2 other{calls}"));
        calls += 1;
        cursor.clone_from(next);
        if cursor == "0" {
            break;
        }
    }
    assert_eq!(met.len(), 1_000);
    assert!(calls > 20, "a walk of {calls} calls is no walk");
}

proptest! {
    #[test]
    fn draws_are_distinct_members(size in 1usize..300, count in 1usize..400) {
        let mut db = Db::new();
        for at in 0..size {
            db.run(&format!("ZADD k {at} m{at}"));
        }
        let drawn = members(&db.run(&format!("ZRANDMEMBER k {count}")));
        let distinct: BTreeSet<&String> = drawn.iter().collect();
        prop_assert_eq!(drawn.len(), count.min(size));
        prop_assert_eq!(distinct.len(), drawn.len());
        let repeated = members(&db.run(&format!("ZRANDMEMBER k -{count} WITHSCORES")));
        prop_assert_eq!(repeated.len(), 2 * count);
        for pair in repeated.chunks(2) {
            prop_assert_eq!(&pair[0][1..], &pair[1]);
        }
    }
}

#[test]
fn a_draw_larger_than_a_client_may_be_sent_is_refused() {
    let mut settings = crate::engine::Settings::default();
    settings.output_normal.hard = 1_000;
    let mut db = Db::with(settings, crate::keyspace::Keyspaces::only_default());
    db.run("ZADD k 1 m");
    let error = "-ERR reply exceeds the client's output limit of 1000 bytes";
    assert_eq!(db.run("ZRANDMEMBER k -9223372036854775807"), error);
    assert!(db.run("ZRANDMEMBER k -100").starts_with("*100 "));
}

#[test]
fn events_are_told() {
    let told = [
        ("ZADD a 1 a 2 b 3 c 4 d", "zadd"),
        ("ZADD a 1 a", ""),
        ("ZADD a 5 a", "zadd"),
        ("ZADD a INCR 1 a", "zincr"),
        ("ZINCRBY a 1 a", "zincr"),
        ("ZINCRBY a 0 a", ""),
        ("ZREM a none", ""),
        ("ZREM a a", "zrem"),
        ("ZRANGESTORE d a 0 -1", "zrangestore"),
        ("ZUNIONSTORE d 1 a", "zunionstore"),
        ("ZINTERSTORE d 1 a", "zinterstore"),
        ("ZDIFFSTORE d 1 a", "zdiffstore"),
        ("ZREMRANGEBYRANK d 0 0", "zremrangebyrank"),
        ("ZREMRANGEBYLEX d [c (d", "zremrangebylex"),
        ("ZREMRANGEBYSCORE d 4 4", "zremrangebyscore del"),
        ("ZPOPMIN a", "zpopmin"),
        ("ZMPOP 1 a MAX", "zpopmax"),
        ("BZPOPMAX a 0", "zpopmax del"),
        ("ZADD d 1 a", "zadd"),
        ("ZUNIONSTORE d 1 a", "del"),
        ("ZUNIONSTORE d 1 a", ""),
    ];
    let commands: Vec<&str> = told.iter().map(|(command, _)| *command).collect();
    let heard: Vec<String> = events(&commands).iter().map(|event| event.split(' ').take(1).collect()).collect();
    let expected: Vec<&str> = told.iter().flat_map(|(_, names)| names.split_whitespace()).collect();
    assert_eq!(heard, expected);
}
