import assert from 'node:assert/strict';
import test from 'node:test';
import { ApiError } from './api.js';
import { Challenges } from './challenges.js';

const t0 = 1_767_000_000_000;

/** A clock, an engine and an endpoint, with what happened written down. */
function stage() {
  const world = {
    now: t0, asked: 0, made: 0, heard: [], timers: [],
    api: async () => ({ challenge: 'CH1:X' }),
    adopt: async () => ({ offline: false, renewAt: world.now + 10_000 }),
  };
  world.challenges = new Challenges({
    engine: {
      call: async (op, fields) => {
        if (op === 'answer.key') return { key: 'AAAA' };
        if (op === 'challenge.adopt') { world.adopted = fields; return world.adopt(); }
        world.made++;
        return { offline: true, renewAt: world.now + 10_000 };
      },
    },
    api: { challenge: async (purpose, party, key) => { world.key = key; world.asked++; return world.api(); } },
    onChange: (value, problem) => world.heard.push([value?.offline, problem]),
    now: () => world.now,
    later: (run, ms) => world.timers.push({ run, at: world.now + ms }),
  });
  world.settle = async () => { for (let i = 0; i < 10; i++) await null; };
  world.pass = async (ms) => {
    const end = world.now + ms;
    for (;;) {
      world.timers.sort((a, b) => a.at - b.at);
      if (!world.timers.length || world.timers[0].at > end) break;
      const timer = world.timers.shift();
      world.now = timer.at;
      timer.run();
      await world.settle();
    }
    world.now = end;
  };
  return world;
}

test('a challenge is renewed every ten seconds', async () => {
  const world = stage();
  world.challenges.start('internet-cafe', 'demo-cafe');
  await world.settle();
  await world.pass(30_000);
  assert.equal(world.asked, 4);
  assert.deepEqual(new Set(world.heard.map(String)), new Set(['false,']));
});

test('the page’s key goes to the endpoint, and its pickup to the engine', async () => {
  const world = stage();
  world.api = async () => ({ challenge: 'CH1:X', pickup: 'P' });
  world.challenges.start('internet-cafe', 'demo-cafe');
  await world.settle();
  assert.equal(world.key, 'AAAA');
  assert.equal(world.adopted.pickup, 'P');
});

test('without a network the engine makes it, and the endpoint is asked ever less often', async () => {
  const world = stage();
  world.api = async () => { throw new ApiError('redeem-unreachable', 0); };
  world.challenges.start('internet-cafe', 'demo-cafe');
  await world.settle();
  await world.pass(300_000);
  assert.ok(world.made >= 30, `${world.made} made`);
  assert.ok(world.asked <= 9, `${world.asked} attempts in five minutes`);
  assert.deepEqual(new Set(world.heard.map(String)), new Set(['true,']));
  world.api = async () => ({ challenge: 'CH1:X' });
  world.challenges.retry();
  await world.settle();
  assert.deepEqual(world.heard.at(-1), [false, '']);
});

test('a challenge that the engine refuses is not drawn, and the reason is told', async () => {
  const world = stage();
  world.adopt = async () => { throw Object.assign(new Error('x'), { code: 'challenge-invalid' }); };
  world.challenges.start('internet-cafe', 'demo-cafe');
  await world.settle();
  assert.deepEqual(world.heard, [[true, 'challenge-invalid']]);
});

test('a refusal of the endpoint is told with its code', async () => {
  const world = stage();
  world.api = async () => { throw new ApiError('rate-limited', 429); };
  world.challenges.start('internet-cafe', 'demo-cafe');
  await world.settle();
  assert.deepEqual(world.heard, [[true, 'rate-limited']]);
});

test('after stop nothing more is heard or asked', async () => {
  const world = stage();
  world.challenges.start('internet-cafe', 'demo-cafe');
  world.challenges.stop();
  await world.settle();
  await world.pass(60_000);
  assert.deepEqual(world.heard, []);
  assert.equal(world.asked, 1);
});

test('a challenge that was answered is replaced at once, without asking a dead endpoint more often', async () => {
  const world = stage();
  world.challenges.start('internet-cafe', 'demo-cafe');
  await world.settle();
  world.challenges.replace();
  await world.settle();
  assert.equal(world.asked, 2);
  world.api = async () => { throw new ApiError('redeem-unreachable', 0); };
  for (let i = 0; i < 5; i++) {
    world.challenges.replace();
    await world.settle();
  }
  assert.equal(world.asked, 3);
  await world.pass(9000);
  assert.equal(world.heard.length, 7, 'one timer only');
});
