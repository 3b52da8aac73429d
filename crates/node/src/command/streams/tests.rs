//! Transcripts whose replies are those of redis-server 7.0.15, doubles apart, which are shown shortest; and what the log is told.

use crate::command::testing::{BEGIN_MS, Db, check, events};

#[test]
fn entries_are_added() {
    check(
        r#"
        XADD s 1-1 f v => $3 1-1
        XADD s 1-1 f v => -ERR The ID specified in XADD is equal or smaller than the target stream top item
        XADD s 1-0 f v => -ERR The ID specified in XADD is equal or smaller than the target stream top item
        XADD s 1-* f v => $3 1-2
        XADD s 2 f v g w => $3 2-0
        XADD s 2-* f v => $3 2-1
        XADD s 0-0 f v => -ERR The ID specified in XADD must be greater than 0-0
        XADD s 0-* f v => -ERR The ID specified in XADD is equal or smaller than the target stream top item
        XADD new 0-* f v => $3 0-1
        XADD none NOMKSTREAM 5-1 f v => $-1
        XLEN none => :0
        XADD s NOMKSTREAM 5-1 f v => $3 5-1
        XLEN s => :5
        XRANGE s - + => *5 *2 $3 1-1 *2 $1 f $1 v *2 $3 1-2 *2 $1 f $1 v *2 $3 2-0 *4 $1 f $1 v $1 g $1 w *2 $3 2-1 *2 $1 f $1 v *2 $3 5-1 *2 $1 f $1 v
        XADD s 6 => -ERR wrong number of arguments for 'xadd' command
        XADD s 6-1 f v g => -ERR wrong number of arguments for 'xadd' command
        XADD s bad f v => -ERR Invalid stream ID specified as stream command argument
        XADD s 6-1-1 f v => -ERR Invalid stream ID specified as stream command argument
        XADD s MAXLEN f v => -ERR value is not an integer or out of range
        XADD s MAXLEN 2 NOMKSTREAM f v => -ERR Invalid stream ID specified as stream command argument
        XADD none 0-0 f v => -ERR The ID specified in XADD must be greater than 0-0
        XADD none 0 f v => -ERR The ID specified in XADD must be greater than 0-0
        XLEN none => :0
        XADD top 18446744073709551615-18446744073709551615 f v => $41 18446744073709551615-18446744073709551615
        XADD top * f v => -ERR The stream has exhausted the last possible ID, unable to add more items
        XADD top 18446744073709551615-* f v => -ERR The stream has exhausted the last possible ID, unable to add more items
        XADD edge 5-18446744073709551615 f v => $22 5-18446744073709551615
        XADD edge 5-* f v => -ERR The ID specified in XADD is equal or smaller than the target stream top item
        SET str v => +OK
        XADD str 1-1 f v => -WRONGTYPE Operation against a key holding the wrong kind of value
        XADD str bad f v => -ERR Invalid stream ID specified as stream command argument
        XLEN str => -WRONGTYPE Operation against a key holding the wrong kind of value
        "#,
    );
}

#[test]
fn entries_are_read_by_interval() {
    check(
        r#"
        XADD s 1-1 a 1 => $3 1-1
        XADD s 1-2 b 2 => $3 1-2
        XADD s 2-1 c 3 => $3 2-1
        XADD s 3-1 d 4 e 5 => $3 3-1
        XRANGE s - + => *4 *2 $3 1-1 *2 $1 a $1 1 *2 $3 1-2 *2 $1 b $1 2 *2 $3 2-1 *2 $1 c $1 3 *2 $3 3-1 *4 $1 d $1 4 $1 e $1 5
        XRANGE s 1 1 => *2 *2 $3 1-1 *2 $1 a $1 1 *2 $3 1-2 *2 $1 b $1 2
        XRANGE s 1-2 2 => *2 *2 $3 1-2 *2 $1 b $1 2 *2 $3 2-1 *2 $1 c $1 3
        XRANGE s (1-2 3 => *2 *2 $3 2-1 *2 $1 c $1 3 *2 $3 3-1 *4 $1 d $1 4 $1 e $1 5
        XRANGE s 1 (2-1 => *2 *2 $3 1-1 *2 $1 a $1 1 *2 $3 1-2 *2 $1 b $1 2
        XRANGE s - + COUNT 2 => *2 *2 $3 1-1 *2 $1 a $1 1 *2 $3 1-2 *2 $1 b $1 2
        XRANGE s - + COUNT 1 COUNT 3 => *3 *2 $3 1-1 *2 $1 a $1 1 *2 $3 1-2 *2 $1 b $1 2 *2 $3 2-1 *2 $1 c $1 3
        XRANGE s - + COUNT 0 => *-1
        XRANGE s - + COUNT -5 => *-1
        XRANGE s + - => *0
        XREVRANGE s + - => *4 *2 $3 3-1 *4 $1 d $1 4 $1 e $1 5 *2 $3 2-1 *2 $1 c $1 3 *2 $3 1-2 *2 $1 b $1 2 *2 $3 1-1 *2 $1 a $1 1
        XREVRANGE s 2 1-2 => *2 *2 $3 2-1 *2 $1 c $1 3 *2 $3 1-2 *2 $1 b $1 2
        XREVRANGE s (2-1 - COUNT 1 => *1 *2 $3 1-2 *2 $1 b $1 2
        XREVRANGE s + - COUNT 0 => *-1
        XRANGE none - + => *0
        XRANGE none - + COUNT 0 => *0
        XRANGE s bad + => -ERR Invalid stream ID specified as stream command argument
        XRANGE s - bad => -ERR Invalid stream ID specified as stream command argument
        XRANGE s (18446744073709551615-18446744073709551615 + => -ERR invalid start ID for the interval
        XRANGE s - (0-0 => -ERR invalid end ID for the interval
        XRANGE s (- + => -ERR Invalid stream ID specified as stream command argument
        XRANGE s - + COUNT => -ERR syntax error
        XRANGE s - + COUNT x => -ERR value is not an integer or out of range
        XRANGE s - + LIMIT 1 => -ERR syntax error
        SET str v => +OK
        XRANGE str - + => -WRONGTYPE Operation against a key holding the wrong kind of value
        XRANGE str - + COUNT 0 => -WRONGTYPE Operation against a key holding the wrong kind of value
        XREVRANGE str + bad => -ERR Invalid stream ID specified as stream command argument
        XLEN s => :4
        XLEN none => :0
        "#,
    );
}

#[test]
fn entries_are_deleted_and_trimmed() {
    check(
        r#"
        XADD s 1-1 f v => $3 1-1
        XADD s 2-1 f v => $3 2-1
        XADD s 3-1 f v => $3 3-1
        XADD s 4-1 f v => $3 4-1
        XADD s 5-1 f v => $3 5-1
        XDEL s 3-1 3-1 9-9 => :1
        XDEL s 3-1 => :0
        XDEL s bad => -ERR Invalid stream ID specified as stream command argument
        XDEL none bad => :0
        XTRIM s MAXLEN 3 => :1
        XTRIM s MAXLEN = 3 => :0
        XTRIM s MAXLEN ~ 1 => :0
        XTRIM s MINID 4-2 => :2
        XTRIM s MINID ~ 9 => :1
        XRANGE s - + => *0
        XADD s MAXLEN 2 6-1 f v => $3 6-1
        XADD s MINID = 6 7-1 f v => $3 7-1
        XRANGE s - + => *2 *2 $3 6-1 *2 $1 f $1 v *2 $3 7-1 *2 $1 f $1 v
        XTRIM s MAXLEN ~ 0 LIMIT 1 => :0
        XTRIM s MAXLEN ~ 0 LIMIT 0 => :2
        XLEN s => :0
        XADD s MAXLEN 0 8-1 f v => $3 8-1
        XLEN s => :0
        XADD s 8-1 f v => -ERR The ID specified in XADD is equal or smaller than the target stream top item
        XTRIM none MAXLEN 1 => :0
        XTRIM s MAXLEN => -ERR wrong number of arguments for 'xtrim' command
        XTRIM s MAXLEN -1 => -ERR The MAXLEN argument must be >= 0.
        XTRIM s MAXLEN x => -ERR value is not an integer or out of range
        XTRIM s MAXLEN ~ => -ERR value is not an integer or out of range
        XTRIM s MINID bad => -ERR Invalid stream ID specified as stream command argument
        XTRIM s MAXLEN 1 MINID 1 => -ERR syntax error, MAXLEN and MINID options at the same time are not compatible
        XTRIM s MAXLEN 1 LIMIT 1 => -ERR syntax error, LIMIT cannot be used without the special ~ option
        XTRIM s MAXLEN ~ 1 LIMIT -1 => -ERR The LIMIT argument must be >= 0.
        XTRIM s MAXLEN ~ 1 LIMIT x => -ERR value is not an integer or out of range
        XTRIM s LIMIT 1 => -ERR syntax error, LIMIT cannot be used without specifying a trimming strategy
        XTRIM s LIMIT 0 => -ERR syntax error, XTRIM must be called with a trimming strategy
        XTRIM s FOO 1 => -ERR syntax error
        XTRIM s MAXLEN 1 FOO => -ERR syntax error
        XADD s LIMIT 1 9-1 f v => -ERR syntax error, LIMIT cannot be used without specifying a trimming strategy
        XADD s LIMIT 0 9-1 f v => -ERR syntax error, LIMIT cannot be used without the special ~ option
        XADD s MAXLEN 1 LIMIT 1 9-1 f v => -ERR syntax error, LIMIT cannot be used without the special ~ option
        XADD s MAXLEN 1 MINID 1 9-1 f v => -ERR syntax error, MAXLEN and MINID options at the same time are not compatible
        XADD s MAXLEN -1 9-1 f v => -ERR The MAXLEN argument must be >= 0.
        SET str v => +OK
        XTRIM str MAXLEN 1 => -WRONGTYPE Operation against a key holding the wrong kind of value
        XDEL str 1-1 => -WRONGTYPE Operation against a key holding the wrong kind of value
        "#,
    );
}

#[test]
fn the_last_id_is_set() {
    check(
        r#"
        XADD s 5-1 f v => $3 5-1
        XSETID s 4 => -ERR The ID specified in XSETID is smaller than the target stream top item
        XSETID s 9-1 => +OK
        XADD s 9-1 f v => -ERR The ID specified in XADD is equal or smaller than the target stream top item
        XSETID s 10 ENTRIESADDED 0 => -ERR The entries_added specified in XSETID is smaller than the target stream length
        XSETID s 10 ENTRIESADDED -1 => -ERR entries_added must be positive
        XSETID s 10 ENTRIESADDED x => -ERR value is not an integer or out of range
        XSETID s 10 MAXDELETEDID 11 => -ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id
        XSETID s 10 MAXDELETEDID bad => -ERR Invalid stream ID specified as stream command argument
        XSETID s 10 FOO 1 => -ERR syntax error
        XSETID s 10 ENTRIESADDED => -ERR syntax error
        XSETID s bad => -ERR Invalid stream ID specified as stream command argument
        XSETID none 5 => -ERR no such key
        XSETID s 10 ENTRIESADDED 7 MAXDELETEDID 3-3 => +OK
        XINFO STREAM s => *20 $6 length :1 $15 radix-tree-keys :1 $16 radix-tree-nodes :2 $17 last-generated-id $4 10-0 $20 max-deleted-entry-id $3 3-3 $13 entries-added :7 $23 recorded-first-entry-id $3 5-1 $6 groups :0 $11 first-entry *2 $3 5-1 *2 $1 f $1 v $10 last-entry *2 $3 5-1 *2 $1 f $1 v
        SET str v => +OK
        XSETID str 5 => -WRONGTYPE Operation against a key holding the wrong kind of value
        "#,
    );
}

#[test]
fn new_entries_are_read() {
    check(
        r#"
        XADD a 1-1 f v => $3 1-1
        XADD a 2-1 f v => $3 2-1
        XADD b 1-1 f v => $3 1-1
        XREAD STREAMS a 0 => *1 *2 $1 a *2 *2 $3 1-1 *2 $1 f $1 v *2 $3 2-1 *2 $1 f $1 v
        XREAD COUNT 1 STREAMS a b 0 0 => *2 *2 $1 a *1 *2 $3 1-1 *2 $1 f $1 v *2 $1 b *1 *2 $3 1-1 *2 $1 f $1 v
        XREAD COUNT 0 STREAMS a 1-1 => *1 *2 $1 a *1 *2 $3 2-1 *2 $1 f $1 v
        XREAD COUNT -1 STREAMS a 1 => *1 *2 $1 a *2 *2 $3 1-1 *2 $1 f $1 v *2 $3 2-1 *2 $1 f $1 v
        XREAD STREAMS a b 2-1 1 => *1 *2 $1 b *1 *2 $3 1-1 *2 $1 f $1 v
        XREAD STREAMS a $ => *-1
        XREAD STREAMS none 0 => *-1
        XREAD STREAMS a b none 1-1 $ 0 => *1 *2 $1 a *1 *2 $3 2-1 *2 $1 f $1 v
        XREAD STREAMS a => -ERR wrong number of arguments for 'xread' command
        XREAD STREAMS a b 0 => -ERR Unbalanced XREAD list of streams: for each stream key an ID or '$' must be specified.
        XREAD COUNT 1 BLOCK 0 FOO => -ERR syntax error
        XREAD COUNT x STREAMS a 0 => -ERR value is not an integer or out of range
        XREAD BLOCK x STREAMS a 0 => -ERR timeout is not an integer or out of range
        XREAD BLOCK -1 STREAMS a 0 => -ERR timeout is negative
        XREAD BLOCK 1.5 STREAMS a 0 => -ERR timeout is not an integer or out of range
        XREAD NOACK STREAMS a 0 => -ERR The NOACK option is only supported by XREADGROUP. You called XREAD instead.
        XREAD GROUP g c STREAMS a 0 => -ERR The GROUP option is only supported by XREADGROUP. You called XREAD instead.
        XREAD STREAMS a > => -ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option.
        XREAD STREAMS a bad => -ERR Invalid stream ID specified as stream command argument
        SET str v => +OK
        XREAD STREAMS a str 0 0 => -WRONGTYPE Operation against a key holding the wrong kind of value
        @resp 3
        XREAD STREAMS a b 1-1 0 => %2 $1 a *1 *2 $3 2-1 *2 $1 f $1 v $1 b *1 *2 $3 1-1 *2 $1 f $1 v
        XREAD STREAMS none 0 => _
        "#,
    );
}

#[test]
fn readers_wait_for_entries() {
    check(
        r#"
        XADD a 1-1 f v => $3 1-1
        1> XREAD BLOCK 0 STREAMS a b $ $ => (waits)
        2> XREAD BLOCK 0 COUNT 1 STREAMS b a 0 1-1 => (waits)
        3> XREAD BLOCK 0 STREAMS a 5 => (waits)
        XADD a 2-1 f v => $3 2-1
        1> => *1 *2 $1 a *1 *2 $3 2-1 *2 $1 f $1 v
        2> => *1 *2 $1 a *1 *2 $3 2-1 *2 $1 f $1 v
        3> => (waits)
        XADD a 6-1 f v => $3 6-1
        3> => *1 *2 $1 a *1 *2 $3 6-1 *2 $1 f $1 v
        1> XREAD BLOCK 0 STREAMS q $ => (waits)
        SET q v => +OK
        1> => (waits)
        ZUNIONSTORE q 1 none => :0
        XADD q 1-1 f v => $3 1-1
        1> => *1 *2 $1 q *1 *2 $3 1-1 *2 $1 f $1 v
        "#,
    );
}

#[test]
fn groups_are_made_moved_and_removed() {
    check(
        r#"
        XGROUP CREATE s g $ => -ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM option to create an empty stream automatically.
        XGROUP CREATE s g $ MKSTREAM => +OK
        XGROUP CREATE s g $ MKSTREAM => -BUSYGROUP Consumer Group name already exists
        XGROUP CREATE s g 0 => -BUSYGROUP Consumer Group name already exists
        XADD s 1-1 f v => $3 1-1
        XADD s 2-1 f v => $3 2-1
        XGROUP CREATE s h 1-1 ENTRIESREAD 1 => +OK
        XGROUP CREATE s i $ ENTRIESREAD -1 => +OK
        XGROUP CREATE s j 0 ENTRIESREAD -2 => -ERR value for ENTRIESREAD must be positive or -1
        XGROUP CREATE s j 0 ENTRIESREAD x => -ERR value is not an integer or out of range
        XGROUP CREATE s j 0 FOO => -ERR unknown subcommand or wrong number of arguments for 'CREATE'. Try XGROUP HELP.
        XGROUP CREATE s j bad => -ERR Invalid stream ID specified as stream command argument
        XGROUP CREATE s j 0 MKSTREAM MKSTREAM MKSTREAM MKSTREAM => -ERR unknown subcommand or wrong number of arguments for 'CREATE'. Try XGROUP HELP.
        XGROUP CREATE none j bad MKSTREAM => -ERR Invalid stream ID specified as stream command argument
        XLEN none => :0
        XINFO GROUPS s => *3 *12 $4 name $1 g $9 consumers :0 $7 pending :0 $17 last-delivered-id $3 0-0 $12 entries-read $-1 $3 lag :2 *12 $4 name $1 h $9 consumers :0 $7 pending :0 $17 last-delivered-id $3 1-1 $12 entries-read :1 $3 lag :1 *12 $4 name $1 i $9 consumers :0 $7 pending :0 $17 last-delivered-id $3 2-1 $12 entries-read $-1 $3 lag :0
        XGROUP SETID s g 1-1 => +OK
        XGROUP SETID s g $ ENTRIESREAD 2 => +OK
        XGROUP SETID s nog 0 => -NOGROUP No such consumer group 'nog' for key name 's'
        XGROUP SETID s g bad => -ERR Invalid stream ID specified as stream command argument
        XGROUP SETID s g 0 MKSTREAM => -ERR unknown subcommand or wrong number of arguments for 'SETID'. Try XGROUP HELP.
        XGROUP SETID none g 0 => -ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM option to create an empty stream automatically.
        XGROUP CREATECONSUMER s g alice => :1
        XGROUP CREATECONSUMER s g alice => :0
        XGROUP CREATECONSUMER s nog alice => -NOGROUP No such consumer group 'nog' for key name 's'
        XGROUP CREATECONSUMER none g alice => -ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM option to create an empty stream automatically.
        XGROUP DELCONSUMER s g alice => :0
        XGROUP DELCONSUMER s g alice => :0
        XGROUP DELCONSUMER s nog alice => -NOGROUP No such consumer group 'nog' for key name 's'
        XINFO GROUPS s => *3 *12 $4 name $1 g $9 consumers :0 $7 pending :0 $17 last-delivered-id $3 2-1 $12 entries-read :2 $3 lag :0 *12 $4 name $1 h $9 consumers :0 $7 pending :0 $17 last-delivered-id $3 1-1 $12 entries-read :1 $3 lag :1 *12 $4 name $1 i $9 consumers :0 $7 pending :0 $17 last-delivered-id $3 2-1 $12 entries-read $-1 $3 lag :0
        XGROUP DESTROY s g => :1
        XGROUP DESTROY s g => :0
        XGROUP DESTROY none g => -ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM option to create an empty stream automatically.
        XGROUP FOO => -ERR unknown subcommand 'FOO'. Try XGROUP HELP.
        XGROUP => -ERR wrong number of arguments for 'xgroup' command
        XGROUP CREATE s => -ERR wrong number of arguments for 'xgroup|create' command
        XGROUP DESTROY s g 1 => -ERR wrong number of arguments for 'xgroup|destroy' command
        SET str v => +OK
        XGROUP CREATE str g 0 => -WRONGTYPE Operation against a key holding the wrong kind of value
        XGROUP DESTROY str g => -WRONGTYPE Operation against a key holding the wrong kind of value
        XINFO GROUPS str => -WRONGTYPE Operation against a key holding the wrong kind of value
        XINFO GROUPS none => -ERR no such key
        XINFO CONSUMERS none g => -ERR no such key
        XINFO CONSUMERS s nog => -NOGROUP No such consumer group 'nog' for key name 's'
        XINFO STREAM none => -ERR no such key
        XINFO STREAM s FOO => -ERR unknown subcommand or wrong number of arguments for 'STREAM'. Try XINFO HELP.
        XINFO STREAM s FULL COUNT => -ERR unknown subcommand or wrong number of arguments for 'STREAM'. Try XINFO HELP.
        XINFO STREAM s FULL COUNT x => -ERR value is not an integer or out of range
        XINFO STREAM s FULL COUNT 1 2 => -ERR unknown subcommand or wrong number of arguments for 'STREAM'. Try XINFO HELP.
        XINFO FOO s => -ERR unknown subcommand 'FOO'. Try XINFO HELP.
        "#,
    );
}

#[test]
fn consumers_read_and_acknowledge() {
    check(
        r#"
        XADD s 1-1 f v => $3 1-1
        XADD s 2-1 f v => $3 2-1
        XADD s 3-1 f v => $3 3-1
        XGROUP CREATE s g 0 => +OK
        XREADGROUP GROUP g alice COUNT 1 STREAMS s > => *1 *2 $1 s *1 *2 $3 1-1 *2 $1 f $1 v
        XREADGROUP GROUP g bob STREAMS s > => *1 *2 $1 s *2 *2 $3 2-1 *2 $1 f $1 v *2 $3 3-1 *2 $1 f $1 v
        XREADGROUP GROUP g bob STREAMS s > => *-1
        XREADGROUP GROUP g carl STREAMS s 0 => *1 *2 $1 s *0
        XREADGROUP GROUP g bob STREAMS s 0 => *1 *2 $1 s *2 *2 $3 2-1 *2 $1 f $1 v *2 $3 3-1 *2 $1 f $1 v
        XREADGROUP GROUP g bob COUNT 1 STREAMS s 2-1 => *1 *2 $1 s *1 *2 $3 3-1 *2 $1 f $1 v
        XPENDING s g => *4 :3 $3 1-1 $3 3-1 *2 *2 $5 alice $1 1 *2 $3 bob $1 2
        XACK s g 1-1 2-1 9-9 => :2
        XACK s g 1-1 => :0
        XACK s nog 1-1 => :0
        XACK none g bad => :0
        XACK s g bad => -ERR Invalid stream ID specified as stream command argument
        XDEL s 3-1 => :1
        XREADGROUP GROUP g bob STREAMS s 0 => *1 *2 $1 s *1 *2 $3 3-1 *-1
        XPENDING s g => *4 :1 $3 3-1 $3 3-1 *1 *2 $3 bob $1 1
        XADD s 4-1 f v => $3 4-1
        XREADGROUP GROUP g alice NOACK STREAMS s > => *1 *2 $1 s *1 *2 $3 4-1 *2 $1 f $1 v
        XPENDING s g => *4 :1 $3 3-1 $3 3-1 *1 *2 $3 bob $1 1
        XREADGROUP GROUP g alice STREAMS s $ => -ERR The $ ID is meaningless in the context of XREADGROUP: you want to read the history of this consumer by specifying a proper ID, or use the > ID to get new messages. The $ ID would just return an empty result set.
        XREADGROUP GROUP g alice STREAMS s bad => -ERR Invalid stream ID specified as stream command argument
        XREADGROUP GROUP nog alice STREAMS s > => -NOGROUP No such key 's' or consumer group 'nog' in XREADGROUP with GROUP option
        XREADGROUP GROUP g alice STREAMS none > => -NOGROUP No such key 'none' or consumer group 'g' in XREADGROUP with GROUP option
        XREADGROUP GROUP g alice STREAMS s s > => -ERR Unbalanced XREAD list of streams: for each stream key an ID or '$' must be specified.
        XREADGROUP COUNT 1 NOACK BLOCK 0 STREAMS s > => -ERR Missing GROUP option for XREADGROUP
        XREADGROUP GROUP g alice COUNT 1 NOACK => -ERR syntax error
        XREADGROUP GROUP g alice FOO STREAMS s > => -ERR syntax error
        SET str v => +OK
        XREADGROUP GROUP g alice STREAMS s str > > => -WRONGTYPE Operation against a key holding the wrong kind of value
        XACK str g 1-1 => -WRONGTYPE Operation against a key holding the wrong kind of value
        XGROUP CREATE t g $ MKSTREAM => +OK
        XADD s 5-1 f v => $3 5-1
        XADD t 5-1 f v => $3 5-1
        XREADGROUP GROUP g alice STREAMS s t > > => *2 *2 $1 s *1 *2 $3 5-1 *2 $1 f $1 v *2 $1 t *1 *2 $3 5-1 *2 $1 f $1 v
        XREADGROUP GROUP g alice STREAMS s t 0 0 => *2 *2 $1 s *1 *2 $3 5-1 *2 $1 f $1 v *2 $1 t *1 *2 $3 5-1 *2 $1 f $1 v
        @resp 3
        XADD t 6-1 f v => $3 6-1
        XREADGROUP GROUP g alice STREAMS s t > > => %1 $1 t *1 *2 $3 6-1 *2 $1 f $1 v
        XPENDING t g => *4 :2 $3 5-1 $3 6-1 *1 *2 $5 alice $1 2
        XPENDING s nog => -NOGROUP No such key 's' or consumer group 'nog'
        XPENDING none g => -NOGROUP No such key 'none' or consumer group 'g'
        "#,
    );
}

#[test]
fn a_group_may_have_the_name_of_an_option() {
    check(
        r#"
        XADD s 1-1 f v => $3 1-1
        XADD s 2-1 f v => $3 2-1
        XADD s 3-1 f v => $3 3-1
        XGROUP CREATE s streams 0 => +OK
        XREADGROUP GROUP streams streams COUNT 1 STREAMS s > => *1 *2 $1 s *1 *2 $3 1-1 *2 $1 f $1 v
        XREADGROUP COUNT 1 GROUP streams streams STREAMS s > => *1 *2 $1 s *1 *2 $3 2-1 *2 $1 f $1 v
        XREADGROUP COUNT streams GROUP streams streams STREAMS s > => -ERR value is not an integer or out of range
        XADD streams 1-1 f v => $3 1-1
        XREAD STREAMS streams 0 => *1 *2 $7 streams *1 *2 $3 1-1 *2 $1 f $1 v
        XREAD COUNT 1 STREAMS streams s 0 0 => *2 *2 $7 streams *1 *2 $3 1-1 *2 $1 f $1 v *2 $1 s *1 *2 $3 1-1 *2 $1 f $1 v
        "#,
    );
}

#[test]
fn consumers_wait_for_entries() {
    check(
        r#"
        XGROUP CREATE s g $ MKSTREAM => +OK
        XGROUP CREATE t g $ MKSTREAM => +OK
        1> XREADGROUP GROUP g alice BLOCK 0 STREAMS s t > > => (waits)
        2> XREADGROUP GROUP g bob BLOCK 0 STREAMS t s > > => (waits)
        XADD s 1-1 f v => $3 1-1
        1> => *1 *2 $1 s *1 *2 $3 1-1 *2 $1 f $1 v
        2> => (waits)
        XADD t 1-1 f v => $3 1-1
        2> => *1 *2 $1 t *1 *2 $3 1-1 *2 $1 f $1 v
        XPENDING s g => *4 :1 $3 1-1 $3 1-1 *1 *2 $5 alice $1 1
        XPENDING t g => *4 :1 $3 1-1 $3 1-1 *1 *2 $3 bob $1 1
        3> XREADGROUP GROUP g carl BLOCK 0 STREAMS s 0 => *1 *2 $1 s *0
        "#,
    );
}

#[test]
fn a_wait_ends_with_what_it_waits_for() {
    check(
        r#"
        XGROUP CREATE s g $ MKSTREAM => +OK
        1> XREADGROUP GROUP g c BLOCK 0 STREAMS s > => (waits)
        XGROUP DESTROY s g => :1
        1> => -NOGROUP the consumer group this client was blocked on no longer exists
        XGROUP CREATE s g $ => +OK
        1> XREADGROUP GROUP g c BLOCK 0 STREAMS s > => (waits)
        ZUNIONSTORE s 1 none => :0
        1> => -UNBLOCKED the stream key no longer exists
        XGROUP CREATE s g $ MKSTREAM => +OK
        1> XREADGROUP GROUP g c BLOCK 0 STREAMS s > => (waits)
        SET s v => +OK
        1> => -UNBLOCKED the stream key no longer exists
        DEL s => :1
        XGROUP CREATE s g $ MKSTREAM => +OK
        1> XREADGROUP GROUP g c BLOCK 0 STREAMS s > => (waits)
        2> XREAD BLOCK 0 STREAMS s $ => (waits)
        FLUSHDB => +OK
        1> => -UNBLOCKED the stream key no longer exists
        2> => (waits)
        XGROUP CREATE s g $ MKSTREAM => +OK
        1> XREADGROUP GROUP g c BLOCK 0 STREAMS s > => (waits)
        FLUSHALL => +OK
        1> => -UNBLOCKED the stream key no longer exists
        "#,
    );
}

#[test]
fn claims_are_refused_in_order() {
    check(
        r#"
        XADD s 1-1 f v => $3 1-1
        XGROUP CREATE s g 0 => +OK
        XCLAIM none g c 0 1-1 => -NOGROUP No such key 'none' or consumer group 'g'
        XCLAIM s nog c x bad => -NOGROUP No such key 's' or consumer group 'nog'
        XCLAIM s g c x 1-1 => -ERR Invalid min-idle-time argument for XCLAIM
        XCLAIM s g c 0 bad => -ERR Unrecognized XCLAIM option 'bad'
        XCLAIM s g c 0 1-1 FOO => -ERR Unrecognized XCLAIM option 'FOO'
        XCLAIM s g c 0 1-1 IDLE => -ERR Unrecognized XCLAIM option 'IDLE'
        XCLAIM s g c 0 1-1 IDLE x => -ERR Invalid IDLE option argument for XCLAIM
        XCLAIM s g c 0 1-1 TIME x => -ERR Invalid TIME option argument for XCLAIM
        XCLAIM s g c 0 1-1 RETRYCOUNT x => -ERR Invalid RETRYCOUNT option argument for XCLAIM
        XCLAIM s g c 0 1-1 LASTID x => -ERR Invalid stream ID specified as stream command argument
        XCLAIM s g c 0 1-1 FORCE 2-2 => -ERR Unrecognized XCLAIM option '2-2'
        XAUTOCLAIM s g c x 0 => -ERR Invalid min-idle-time argument for XAUTOCLAIM
        XAUTOCLAIM s g c 0 bad => -ERR Invalid stream ID specified as stream command argument
        XAUTOCLAIM s g c 0 (18446744073709551615-18446744073709551615 => -ERR invalid start ID for the interval
        XAUTOCLAIM s g c 0 0 COUNT 0 => -ERR COUNT must be > 0
        XAUTOCLAIM s g c 0 0 COUNT x => -ERR COUNT must be > 0
        XAUTOCLAIM s g c 0 0 COUNT 576460752303423488 => -ERR COUNT must be > 0
        XAUTOCLAIM s g c 0 0 FOO => -ERR syntax error
        XAUTOCLAIM s nog c 0 0 => -NOGROUP No such key 's' or consumer group 'nog'
        XAUTOCLAIM none g c 0 0 => -NOGROUP No such key 'none' or consumer group 'g'
        XPENDING s g - + => -ERR syntax error
        XPENDING s g - + x => -ERR value is not an integer or out of range
        XPENDING s g bad + 1 => -ERR Invalid stream ID specified as stream command argument
        XPENDING s g - bad 1 => -ERR Invalid stream ID specified as stream command argument
        XPENDING s g IDLE x - + 1 => -ERR value is not an integer or out of range
        XPENDING s g IDLE 1 - + => -ERR syntax error
        XPENDING s g - (0-0 1 => -ERR invalid end ID for the interval
        XPENDING s nog - + 1 => -NOGROUP No such key 's' or consumer group 'nog'
        XPENDING s g - + 1 nobody => *0
        XINFO CONSUMERS s g => *0
        SET str v => +OK
        XCLAIM str g c 0 1-1 => -WRONGTYPE Operation against a key holding the wrong kind of value
        XAUTOCLAIM str g c 0 0 => -WRONGTYPE Operation against a key holding the wrong kind of value
        XPENDING str g => -WRONGTYPE Operation against a key holding the wrong kind of value
        "#,
    );
}

#[test]
fn the_clock_makes_ids() {
    check(
        r#"
        XADD s * f v => $15 1700000000000-0
        XADD s * f v => $15 1700000000000-1
        @sleep 5
        XADD s * f v => $15 1700000000005-0
        XADD s 1700000000009-3 f v => $15 1700000000009-3
        XADD s * f v => $15 1700000000009-4
        XADD s 1700000000009-* f v => $15 1700000000009-5
        XADD new MAXLEN 0 * f v => $15 1700000000005-0
        XLEN new => :0
        XREAD BLOCK 10 STREAMS s $ => (waits)
        "#,
    );
}

#[test]
fn idle_entries_are_claimed() {
    check(
        r#"
        XADD s 1-1 f v => $3 1-1
        XADD s 2-1 f v => $3 2-1
        XADD s 3-1 f v => $3 3-1
        XADD s 4-1 f v => $3 4-1
        XGROUP CREATE s g 0 => +OK
        XREADGROUP GROUP g alice COUNT 3 STREAMS s > => *1 *2 $1 s *3 *2 $3 1-1 *2 $1 f $1 v *2 $3 2-1 *2 $1 f $1 v *2 $3 3-1 *2 $1 f $1 v
        @sleep 100
        XCLAIM s g bob 101 1-1 => *0
        XINFO CONSUMERS s g => *1 *6 $4 name $5 alice $7 pending :3 $4 idle :100
        XCLAIM s g bob 100 1-1 4-1 9-9 => *1 *2 $3 1-1 *2 $1 f $1 v
        XCLAIM s g bob 0 4-1 FORCE JUSTID LASTID 4-1 => *1 $3 4-1
        XPENDING s g - + 10 => *4 *4 $3 1-1 $3 bob :0 :2 *4 $3 2-1 $5 alice :100 :1 *4 $3 3-1 $5 alice :100 :1 *4 $3 4-1 $3 bob :0 :1
        XPENDING s g IDLE 1 - + 10 => *2 *4 $3 2-1 $5 alice :100 :1 *4 $3 3-1 $5 alice :100 :1
        XPENDING s g (1-1 3 1 alice => *1 *4 $3 2-1 $5 alice :100 :1
        XREADGROUP GROUP g carl STREAMS s > => *-1
        XCLAIM s g bob 0 2-1 IDLE 5000 RETRYCOUNT 7 JUSTID => *1 $3 2-1
        XCLAIM s g bob 0 3-1 TIME 1 JUSTID => *1 $3 3-1
        XPENDING s g 2 3 10 bob => *2 *4 $3 2-1 $3 bob :5000 :7 *4 $3 3-1 $3 bob :1700000000099 :1
        "#,
    );
}

#[test]
fn idle_entries_are_claimed_by_the_range() {
    check(
        r#"
        XADD s 1-1 f v => $3 1-1
        XADD s 2-1 f v => $3 2-1
        XADD s 3-1 f v => $3 3-1
        XGROUP CREATE s g 0 => +OK
        XREADGROUP GROUP g alice STREAMS s > => *1 *2 $1 s *3 *2 $3 1-1 *2 $1 f $1 v *2 $3 2-1 *2 $1 f $1 v *2 $3 3-1 *2 $1 f $1 v
        @sleep 50
        XDEL s 2-1 => :1
        XAUTOCLAIM s g bob 51 0 => *3 $3 0-0 *0 *1 $3 2-1
        XINFO CONSUMERS s g => *1 *6 $4 name $5 alice $7 pending :2 $4 idle :50
        XAUTOCLAIM s g bob 50 - COUNT 1 => *3 $3 3-1 *1 *2 $3 1-1 *2 $1 f $1 v *0
        XAUTOCLAIM s g bob 50 3-1 JUSTID => *3 $3 0-0 *1 $3 3-1 *0
        @sleep 7
        XINFO CONSUMERS s g => *2 *6 $4 name $5 alice $7 pending :0 $4 idle :57 *6 $4 name $3 bob $7 pending :2 $4 idle :7
        XPENDING s g => *4 :2 $3 1-1 $3 3-1 *1 *2 $3 bob $1 2
        XDEL s 1-1 => :1
        XCLAIM s g carl 0 1-1 => *0
        XPENDING s g => *4 :1 $3 3-1 $3 3-1 *1 *2 $3 bob $1 1
        "#,
    );
}

#[test]
fn streams_are_shown_in_full() {
    check(
        r#"
        XADD s 1-1 f v => $3 1-1
        XADD s 2-1 f v => $3 2-1
        XGROUP CREATE s g 0 => +OK
        XREADGROUP GROUP g c COUNT 1 STREAMS s > => *1 *2 $1 s *1 *2 $3 1-1 *2 $1 f $1 v
        XINFO STREAM s => *20 $6 length :2 $15 radix-tree-keys :1 $16 radix-tree-nodes :2 $17 last-generated-id $3 2-1 $20 max-deleted-entry-id $3 0-0 $13 entries-added :2 $23 recorded-first-entry-id $3 1-1 $6 groups :1 $11 first-entry *2 $3 1-1 *2 $1 f $1 v $10 last-entry *2 $3 2-1 *2 $1 f $1 v
        XINFO GROUPS s => *1 *12 $4 name $1 g $9 consumers :1 $7 pending :1 $17 last-delivered-id $3 1-1 $12 entries-read :1 $3 lag :1
        @resp 3
        XINFO STREAM s FULL COUNT 1 => %9 $6 length :2 $15 radix-tree-keys :1 $16 radix-tree-nodes :2 $17 last-generated-id $3 2-1 $20 max-deleted-entry-id $3 0-0 $13 entries-added :2 $23 recorded-first-entry-id $3 1-1 $7 entries *1 *2 $3 1-1 *2 $1 f $1 v $6 groups *1 %7 $4 name $1 g $17 last-delivered-id $3 1-1 $12 entries-read :1 $3 lag :1 $9 pel-count :1 $7 pending *1 *4 $3 1-1 $1 c :1700000000000 :1 $9 consumers *1 %4 $4 name $1 c $9 seen-time :1700000000000 $9 pel-count :1 $7 pending *1 *3 $3 1-1 :1700000000000 :1
        XINFO CONSUMERS s g => *1 %3 $4 name $1 c $7 pending :1 $4 idle :0
        XDEL s 1-1 2-1 => :2
        XINFO STREAM s => %10 $6 length :0 $15 radix-tree-keys :0 $16 radix-tree-nodes :1 $17 last-generated-id $3 2-1 $20 max-deleted-entry-id $3 2-1 $13 entries-added :2 $23 recorded-first-entry-id $3 0-0 $6 groups :1 $11 first-entry _ $10 last-entry _
        XINFO STREAM s FULL COUNT 0 => %9 $6 length :0 $15 radix-tree-keys :0 $16 radix-tree-nodes :1 $17 last-generated-id $3 2-1 $20 max-deleted-entry-id $3 2-1 $13 entries-added :2 $23 recorded-first-entry-id $3 0-0 $7 entries *0 $6 groups *1 %7 $4 name $1 g $17 last-delivered-id $3 1-1 $12 entries-read :1 $3 lag :1 $9 pel-count :1 $7 pending *1 *4 $3 1-1 $1 c :1700000000000 :1 $9 consumers *1 %4 $4 name $1 c $9 seen-time :1700000000000 $9 pel-count :1 $7 pending *1 *3 $3 1-1 :1700000000000 :1
        "#,
    );
}

/// What `commands` add to the log.
fn logged(db: &mut Db, commands: &[&str]) -> Vec<String> {
    let before = db.logged().len();
    for command in commands {
        db.run(command);
    }
    db.logged().split_off(before)
}

#[test]
fn the_log_knows_no_clock_and_no_blocks() {
    let mut db = Db::new();
    let auto = logged(&mut db, &["XADD s * f v", "XADD s MAXLEN 5 * f v", "XADD s NOMKSTREAM 1700000000001-* f v"]);
    let id = |ms: u64, seq| format!("{}-{seq}", BEGIN_MS + ms);
    let expected = [
        format!("XADD s {} f v", id(0, 0)),
        format!("XADD s MAXLEN = 2 {} f v", id(0, 1)),
        format!("XADD s {} f v", id(1, 0)),
    ];
    assert_eq!(auto, expected);
    for _ in 0..300 {
        db.run("XADD s * f v");
    }
    let trimmed = logged(&mut db, &["XADD s MAXLEN ~ 150 * f v", "XTRIM s MAXLEN ~ 100", "XTRIM s MAXLEN 90"]);
    let expected =
        [format!("XADD s MAXLEN = 204 {} f v", id(1, 301)), "XTRIM s MAXLEN = 104".into(), "XTRIM s MAXLEN 90".into()];
    assert_eq!(trimmed, expected);
    let exact = "XADD s MAXLEN 50 1800000000000-1 f v";
    assert_eq!(logged(&mut db, &[exact]), [exact]);
    let idle: [&str; 6] = [
        "XTRIM s MAXLEN 50",
        "XDEL s 1-1",
        "XREAD STREAMS s 0",
        "XADD n NOMKSTREAM * f v",
        "XACK s g 1-1",
        "XADD s 1-1 f v",
    ];
    assert_eq!(logged(&mut db, &idle), [""; 0]);
    db.verify();
}

#[test]
fn a_reader_that_waited_is_logged_as_what_it_read() {
    let mut db = Db::new();
    db.run("XGROUP CREATE s g $ MKSTREAM");
    assert_eq!(db.run_as(1, "XREADGROUP GROUP g c BLOCK 0 STREAMS s >"), "(waits)");
    db.run("XADD s 1-1 f v");
    assert_eq!(db.hear(1), "*1 *2 $1 s *1 *2 $3 1-1 *2 $1 f $1 v");
    assert_eq!(db.logged().last().unwrap(), "XREADGROUP COUNT 1000 GROUP g c BLOCK 0 STREAMS s >");
    db.verify();
}

#[test]
fn a_reader_that_waited_without_a_count_gets_a_thousand_entries() {
    let mut db = Db::new();
    for at in 1..=1_500 {
        db.run(&format!("XADD s {at}-1 f v"));
    }
    assert_eq!(db.run_as(1, "XREAD BLOCK 0 STREAMS s 1500-1"), "(waits)");
    db.run("XSETID s 2000");
    assert_eq!(db.hear(1), "(waits)");
    db.run("XGROUP CREATE s g 1500-1");
    assert_eq!(db.run_as(2, "XREADGROUP GROUP g c BLOCK 0 STREAMS s >"), "(waits)");
    // That the group goes back wakes nobody; the next entry does.
    db.run("XGROUP SETID s g 0");
    assert_eq!(db.hear(2), "(waits)");
    db.run("XADD s 2001-1 f v");
    assert!(db.hear(2).starts_with("*1 *2 $1 s *1000 "));
    db.verify();
}

#[test]
fn events_are_told() {
    let told = [
        ("XADD s 1-1 f v", "xadd"),
        ("XADD s MAXLEN 1 2-1 f v", "xadd xtrim"),
        ("XADD s 2-1 f v", ""),
        ("XGROUP CREATE s g 0", "xgroup-create"),
        ("XGROUP CREATECONSUMER s g a", "xgroup-createconsumer"),
        ("XGROUP CREATECONSUMER s g a", ""),
        ("XREADGROUP GROUP g a STREAMS s >", ""),
        ("XREADGROUP GROUP g b STREAMS s 0", "xgroup-createconsumer"),
        ("XCLAIM s g c 0 2-1", "xgroup-createconsumer"),
        ("XCLAIM s g c 0 2-1", ""),
        ("XAUTOCLAIM s g d 0 0", "xgroup-createconsumer"),
        ("XACK s g 2-1", ""),
        ("XGROUP DELCONSUMER s g a", "xgroup-delconsumer"),
        ("XGROUP DELCONSUMER s g a", ""),
        ("XGROUP SETID s g 0", "xgroup-setid"),
        ("XGROUP DESTROY s g", "xgroup-destroy"),
        ("XGROUP DESTROY s g", ""),
        ("XDEL s 2-1", "xdel"),
        ("XDEL s 2-1", ""),
        ("XTRIM s MAXLEN 0", ""),
        ("XSETID s 9", "xsetid"),
        ("XLEN s", ""),
    ];
    let commands: Vec<&str> = told.iter().map(|(command, _)| *command).collect();
    let heard: Vec<String> = events(&commands).iter().map(|event| event.split(' ').take(1).collect()).collect();
    let expected: Vec<&str> = told.iter().flat_map(|(_, names)| names.split_whitespace()).collect();
    assert_eq!(heard, expected);
}

#[test]
fn a_group_may_be_set_before_or_after_everything() {
    check(
        r#"
        XADD s 1-1 f v => $3 1-1
        XGROUP CREATE s g - => -ERR Invalid stream ID specified as stream command argument
        XGROUP CREATE s g $ => +OK
        XGROUP SETID s g - => +OK
        XREADGROUP GROUP g c STREAMS s > => *1 *2 $1 s *1 *2 $3 1-1 *2 $1 f $1 v
        XGROUP SETID s g + => +OK
        XADD s 2-1 f v => $3 2-1
        XREADGROUP GROUP g c STREAMS s > => *-1
        "#,
    );
}

#[test]
fn blocks_are_as_large_as_they_are_set() {
    let mut db = Db::new();
    for (parameter, value, kept) in [("entries", "2", 5), ("entries", "0", 9), ("bytes", "1", 4)] {
        db.run("FLUSHALL");
        db.run("CONFIG SET stream-node-max-entries 100 stream-node-max-bytes 4096");
        assert_eq!(db.run(&format!("CONFIG SET stream-node-max-{parameter} {value}")), "+OK");
        for _ in 0..9 {
            db.run("XADD s * f v");
        }
        assert_eq!(db.run("XTRIM s MAXLEN ~ 4"), format!(":{}", 9 - kept), "{parameter} {value}");
        assert_eq!(db.run("XLEN s"), format!(":{kept}"), "{parameter} {value}");
    }
    db.verify();
}

#[test]
fn scripts_may_not_ask_to_wait() {
    check(
        r#"
        XADD s 1-1 f v => $3 1-1
        EVAL "return redis.pcall('xread', 'BLOCK', 0, 'STREAMS', 's', '$')" 1 s => -ERR xread command is not allowed with BLOCK option from scripts
        EVAL "return redis.pcall('XREADGROUP', 'GROUP', 'g', 'c', 'BLOCK', 0, 'STREAMS', 's', '>')" 1 s => -ERR XREADGROUP command is not allowed with BLOCK option from scripts
        EVAL "return redis.call('xread', 'STREAMS', 's', '1')" 1 s => *1 *2 $1 s *1 *2 $3 1-1 *2 $1 f $1 v
        MULTI => +OK
        XREAD BLOCK 0 STREAMS s $ => +QUEUED
        EXEC => *1 *-1
        "#,
    );
}
