// One turn in process: node turn.js REQUEST.json TURNS. Prints microseconds per turn, the body parsed and the answer
// written anew each time, after a warm-up of as many turns.
'use strict';
const fs = require('fs');
const { build, Alexa } = require('./skill');

const body = fs.readFileSync(process.argv[2], 'utf8');
const turns = Number(process.argv[3]);
const skill = build(Alexa.SkillBuilders.custom()).create();

async function play(n) {
  let bytes = 0;
  for (let i = 0; i < n; i++) {
    bytes += JSON.stringify(await skill.invoke(JSON.parse(body))).length;
  }
  return bytes;
}

(async () => {
  await play(turns);
  const began = process.hrtime.bigint();
  const bytes = await play(turns);
  const took = Number(process.hrtime.bigint() - began) / 1000 / turns;
  if (bytes < turns) throw new Error('nothing was answered');
  console.log(took.toFixed(2));
})();
