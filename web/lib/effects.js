// What a page that checks does outside of its state: the wishes of the state machine, carried out.

/** @typedef {import('../types/flow.js').Effect} Effect */

/**
 * @param {object} parts
 * @param {import('./checks.js').Checks} parts.checks
 * @param {import('./sound.js').Sound} parts.sound
 * @param {import('./ledger.js').Ledger} parts.ledger
 * @param {import('../engine/client.js').Engine} parts.engine
 * @param {import('./challenges.js').Challenges} parts.challenges
 * @param {import('./place.js').Place} parts.place
 * @returns {(effect: Effect) => void}
 */
export function performer({ checks, sound, ledger, engine, challenges, place }) {
  return (effect) => {
    switch (effect.do) {
      case 'verify':
        return void checks.verify(effect.id, effect.text, effect.sealed);
      case 'decide':
        return void checks.decide(effect.id, effect.answer);
      case 'sound':
        return sound.play(effect.name);
      case 'forget':
        ledger.left();
        return void engine.call('forget', {}).catch(() => {});
      case 'renew':
        return challenges.replace();
      case 'refresh':
        return void place.refresh();
    }
  };
}
