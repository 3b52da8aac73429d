"""What programs in Python do with a server: python -c … PORT PROTOCOL. Prints ok at the end."""
import sys
import threading
import time

import redis

port, protocol = int(sys.argv[1]), int(sys.argv[2])


def connect(**options):
    return redis.Redis(host="127.0.0.1", port=port, protocol=protocol, socket_timeout=15, **options)


r = connect(decode_responses=True)
assert r.ping()
r.flushall()

# every family once, through the client's own reply parsers
assert r.set("k", "v", ex=100) and r.get("k") == "v" and 0 < r.ttl("k") <= 100
assert r.set("k", "w", nx=True) is None and r.set("k", "w", get=True) == "v"
assert r.mset({"a": "1", "b": "2"}) and r.mget("a", "b", "c") == ["1", "2", None]
assert r.incrby("n", 5) == 5 and r.incrbyfloat("f", 0.1) == 0.1
assert r.setbit("bits", 7, 1) == 0 and r.bitcount("bits") == 1
assert r.hset("h", mapping={"x": "1", "y": "2"}) == 2 and r.hgetall("h") == {"x": "1", "y": "2"}
assert r.rpush("l", "a", "b", "c") == 3 and r.lrange("l", 0, -1) == ["a", "b", "c"] and r.lpop("l", 2) == ["a", "b"]
assert r.sadd("s", "m", "n") == 2 and r.smembers("s") == {"m", "n"} and r.smismember("s", ["m", "x"]) == [1, 0]
assert r.zadd("z", {"one": 1, "two": 2.5}) == 2
assert [tuple(pair) for pair in r.zrange("z", 0, -1, withscores=True)] == [("one", 1.0), ("two", 2.5)]
assert r.zscore("z", "two") == 2.5 and r.zincrby("z", 0.5, "one") == 1.5
first = r.xadd("x", {"f": "v"})
assert r.xlen("x") == 1 and r.xgroup_create("x", "g", "0")
read = r.xreadgroup("g", "alice", {"x": ">"})
entries = read["x"][0] if isinstance(read, dict) else read[0][1]
assert entries == [(first, {"f": "v"})], read
assert r.xpending("x", "g")["pending"] == 1 and r.xack("x", "g", first) == 1
assert r.xinfo_stream("x")["length"] == 1
assert sorted(r.scan_iter(count=3)) == sorted(r.keys("*"))
assert dict(r.hscan_iter("h")) == {"x": "1", "y": "2"}
assert r.object("encoding", "n") == "int" and r.type("z") == "zset"
assert r.info()["redis_version"] and r.config_get("maxmemory") and r.client_id() > 0
assert r.command_count() > 100 and "get" in {name.lower() for name in r.command()}

# errors arrive as the client's own exceptions
try:
    r.lpush("k", "x")
    raise SystemExit("LPUSH on a string must fail")
except redis.ResponseError as error:
    assert str(error).startswith("WRONGTYPE")

# pipelines: plain, atomic, and with a watched key that another client writes
with r.pipeline(transaction=False) as pipe:
    for i in range(1000):
        pipe.rpush("many", i)
    assert pipe.execute() == list(range(1, 1001))
with r.pipeline() as pipe:
    assert pipe.set("t", "1").incr("t").get("t").execute() == [True, 2, "2"]
with r.pipeline() as pipe:
    pipe.watch("t")
    connect().set("t", "theirs")
    pipe.multi()
    pipe.set("t", "mine")
    try:
        pipe.execute()
        raise SystemExit("the watched key was written, EXEC must not run")
    except redis.WatchError:
        pass


def rewrite(pipe):
    before = pipe.get("t")
    pipe.multi()
    pipe.set("t", before + " and mine")


assert r.transaction(rewrite, "t") == [True] and r.get("t") == "theirs and mine"

# scripts: EVALSHA, then NOSCRIPT, then SCRIPT LOAD by itself
add = r.register_script("return redis.call('INCRBY', KEYS[1], ARGV[1])")
assert add(keys=["by-script"], args=[3]) == 3 and add(keys=["by-script"], args=[4]) == 7

# the client's lock: exclusive, extendable, released only by its owner, gone after its time
lock = r.lock("lock", timeout=20)
assert lock.acquire(blocking=False)
assert not connect().lock("lock", timeout=20).acquire(blocking=False)
assert lock.extend(10) and lock.reacquire()
lock.release()
try:
    lock.release()
    raise SystemExit("a released lock cannot be released")
except redis.exceptions.LockError:
    pass
short = r.lock("short", timeout=0.05)
assert short.acquire(blocking=False)
assert connect().lock("short", timeout=5).acquire(blocking=True, blocking_timeout=5)

# publish and subscribe
listener = connect(decode_responses=True).pubsub(ignore_subscribe_messages=True)
listener.subscribe("news")
listener.psubscribe("n?ws")
deadline = time.time() + 10
while r.pubsub_numsub("news") != [("news", 1)] or r.pubsub_numpat() != 1:
    assert time.time() < deadline
    listener.get_message(timeout=0.01)
assert r.publish("news", "hello") == 2
heard = []
while len(heard) < 2:
    assert time.time() < deadline
    message = listener.get_message(timeout=0.1)
    if message:
        heard.append((message["type"], message["data"]))
assert sorted(heard) == [("message", "hello"), ("pmessage", "hello")], heard
listener.close()

# a blocked client is woken by another thread's push
results = []
thread = threading.Thread(target=lambda: results.append(connect(decode_responses=True).blpop("queue", timeout=10)))
thread.start()
time.sleep(0.05)
r.rpush("queue", "item")
thread.join()
assert [tuple(result) for result in results] == [("queue", "item")], results

# bytes stay bytes
raw = connect()
assert raw.set(b"\x00\xff", bytes(range(256))) and raw.get(b"\x00\xff") == bytes(range(256))
print("ok")
