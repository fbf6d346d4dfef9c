import { v7 as newId } from 'uuid';
import { drawSample } from '../../../activities/review/draw-sample';
import { addProposal, loadProposal, moveProposal } from '../../../db/queries/proposals';
import { loadCallTokens } from '../../../db/queries/call-tokens';
import { screenClass } from '../../../routing/review/propose';
import { DAY_MS } from '../../../routing/review/settings';
import { amounts, atHand, classOf, served } from '../../support/class-figures';
import { depsOf } from '../../support/deps';
import { createReviewDatabase } from '../../support/review-database';
import { insertReview } from '../../support/review-rows';
import { MODELS, routeOver, WEST } from '../../support/scenario';

test('a million', async () => {
  const box = await createReviewDatabase({ models: MODELS, policy: { classes: { work: routeOver([WEST]) } } });
  const t0 = Date.now();
  for (let k = 0; k < 10; k++) {
    await box.db.sql`
    WITH made AS (SELECT g, now() - interval '1 day' - random() * interval '26 days' AS at, (g % 2 = 0) AS mine FROM generate_series(1, 100000) g),
    ids AS (SELECT *, (left(replace(first_id_at(at)::text, '-', ''), 12) || '7' || substr(md5(random()::text), 1, 3) || '8' || substr(md5(random()::text), 1, 15))::uuid AS id FROM made),
    t AS (INSERT INTO tasks (id, owner, facts, privacy_tier, priority, task_class, status, accepted_at, ended_at)
      SELECT id, 'tester', jsonb_build_object('constraints', '{}'::jsonb, 'requires', '{}'::jsonb, 'scope', jsonb_build_object('team', 't' || g % 50)), 'internal', 50,
        CASE WHEN mine THEN 'work' ELSE 'c' || g % 9 END, CASE WHEN g % 20 = 0 THEN 'failed' ELSE 'completed' END, at, at FROM ids RETURNING id)
    INSERT INTO task_payloads (task_id, prompt, grader, prompt_bytes, prompt_sha256) SELECT id, json_build_object('messages', repeat(md5(id::text), 20)), '{"kind":"exact"}', 100 + g % 5000, md5(id::text) || md5(id::text) FROM ids`;
  }
  await box.db.sql.begin(async (tx) => { await tx`SET LOCAL statement_timeout = 0`; await tx`INSERT INTO routing_outcomes (task_id, kind, reason, code, model, attempts, cost_nano, score, ended_at)
    SELECT id, status, 'x', 'x', ${WEST.id}, 1 + (abs(hashtext(id::text)) % 10 = 0)::int, 1000, 1, ended_at FROM tasks`; });
  await box.db.sql`ANALYZE`;
  console.log('loaded', Date.now() - t0, await box.db.sql`select count(*), count(*) filter (where task_class='work') from tasks`);
  for (const cls of ['work']) {
    const figures = classOf(cls, [served(WEST.id, 500_000, 480_000, { cost: amounts(20_000, 60_000_000) })]);
    const finding = screenClass(atHand({ figures, models: MODELS, policy: { classes: { [cls]: routeOver([WEST]) } } }));
    const reviewId = await insertReview(box.db, {});
    const id = await addProposal(box.reviewDb, { id: newId(), reviewId, name: cls, classes: [cls], baseline: WEST.id, finding, baseVersion: 1, actor: 'test' });
    await moveProposal(box.reviewDb, { id, to: 'SCREENED', key: 'screened', actor: 'test', set: { candidate: finding.candidates[0]!.model, change: finding.candidates[0]!.change } });
    const t1 = Date.now();
    console.log(await drawSample(depsOf(box), { proposalId: id, pass: 1 }, new AbortController().signal), Date.now() - t1, 'ms');
    console.log(JSON.stringify((await loadProposal(box.reviewDb, id)).samples));
  }
  const t2 = Date.now();
  await loadCallTokens(box.reviewDb, ['work', 'c1', 'c3'], { from: Date.now() - 28 * DAY_MS, to: Date.now() });
  console.log('tokens', Date.now() - t2, process.memoryUsage().rss / 1e6);
  await box.end();
}, 590_000);
