// What programs on Node do with a server: node -e … PORT. Prints ok at the end.
const assert = require("node:assert");
const Redis = require("ioredis");

const port = Number(process.argv[1]);
const connect = (options) => new Redis({ host: "127.0.0.1", port, maxRetriesPerRequest: 0, ...options });

async function main() {
  const redis = connect();
  assert.equal(await redis.ping(), "PONG");
  await redis.flushall();

  assert.equal(await redis.set("k", "v", "EX", 100), "OK");
  assert.equal(await redis.get("k"), "v");
  assert.equal(await redis.get("nothing"), null);
  assert.equal(await redis.incrby("n", 5), 5);
  assert.equal(await redis.hset("h", { x: 1, y: 2 }), 2);
  assert.deepEqual(await redis.hgetall("h"), { x: "1", y: "2" });
  assert.equal(await redis.rpush("l", "a", "b"), 2);
  assert.deepEqual(await redis.lrange("l", 0, -1), ["a", "b"]);
  assert.equal(await redis.zadd("z", 1.5, "one", 2, "two"), 2);
  assert.equal(await redis.zcard("z"), 2);
  assert.equal(await redis.sadd("s", "m"), 1);
  const id = await redis.xadd("x", "*", "f", "v");
  assert.deepEqual(await redis.xrange("x", "-", "+"), [[id, ["f", "v"]]]);
  assert.deepEqual(await redis.getBuffer("k"), Buffer.from("v"));
  await assert.rejects(redis.lpush("k", "x"), /WRONGTYPE/);

  // Many calls at once share one connection and keep their order.
  const counted = await Promise.all(Array.from({ length: 1000 }, () => redis.incr("many")));
  assert.deepEqual(counted, Array.from({ length: 1000 }, (_, i) => i + 1));

  const piped = await redis.pipeline().set("p", 1).incr("p").lpush("p", "x").get("p").exec();
  assert.equal(piped[1][1], 2);
  assert.match(piped[2][0].message, /WRONGTYPE/);
  assert.equal(piped[3][1], "2");
  assert.deepEqual(await redis.multi().set("m", 1).incr("m").exec(), [[null, "OK"], [null, 2]]);

  redis.defineCommand("add", { numberOfKeys: 1, lua: "return redis.call('INCRBY', KEYS[1], ARGV[1])" });
  assert.equal(await redis.add("by-script", 3), 3);
  assert.equal(await redis.add("by-script", 4), 7);

  const found = [];
  for await (const keys of redis.scanStream({ match: "*", count: 3 })) found.push(...keys);
  assert.deepEqual([...new Set(found)].sort(), (await redis.keys("*")).sort());

  const listener = connect();
  const heard = new Promise((resolve) => listener.on("message", (channel, text) => resolve([channel, text])));
  await listener.subscribe("news");
  assert.equal(await redis.publish("news", "hello"), 1);
  assert.deepEqual(await heard, ["news", "hello"]);

  const blocked = connect();
  const popped = blocked.blpop("queue", 10);
  await new Promise((resolve) => setTimeout(resolve, 50));
  await redis.rpush("queue", "item");
  assert.deepEqual(await popped, ["queue", "item"]);

  for (const client of [redis, listener, blocked]) client.disconnect();
  console.log("ok");
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
