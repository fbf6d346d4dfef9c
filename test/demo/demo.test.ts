/** What the demonstration rests on: a state of its own, tasks that its routes have not seen, rules that are valid files. */

import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { demoCatalogueYaml, demoPolicyYaml, recordsOf } from '../../client/demo/rules';
import { drawSample } from '../../client/demo/sample';
import { emptyDemoState } from '../../client/demo/state';
import { parseCatalogueFile } from '../../db/documents/catalogue-file';
import { parsePolicyFile } from '../../db/documents/policy-file';
import { loadPriceLibrary } from '../../db/documents/price-library';
import { readRecording } from '../../db/documents/recording';

const FILE = 'data/recorded/llmrouter.dev.jsonl.gz';

describe('its state folder', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'signalbox-demo-test-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test('is emptied when an earlier demonstration made it', async () => {
    await emptyDemoState(folder);
    writeFileSync(join(folder, 'left-over'), '');
    await emptyDemoState(folder);
    expect(existsSync(join(folder, 'left-over'))).toBe(false);
  });

  test('is refused, and left as it is, when it holds anything else', async () => {
    writeFileSync(join(folder, 'precious'), '');
    await expect(emptyDemoState(folder)).rejects.toMatchObject({ code: 'bad_argument' });
    expect(existsSync(join(folder, 'precious'))).toBe(true);
  });
});

test('its routes are made from tasks that it does not submit, and are the same every time', async () => {
  const recording = await readRecording(FILE);
  const sample = drawSample(recording, 400, 'demo');
  expect(sample.tasks).toHaveLength(400);
  expect(new Set([...sample.tasks, ...sample.history].map(({ id }) => id)).size).toBe(recording.length);
  expect(drawSample(recording, 400, 'demo').tasks.map(({ id }) => id)).toEqual(sample.tasks.map(({ id }) => id));
});

test('its catalogue and policy are valid files, and route every kind of task to a model not dearer than the best one', async () => {
  const { history } = drawSample(await readRecording(FILE), 400, 'demo');
  const catalogue = parseCatalogueFile(demoCatalogueYaml(history, FILE), 'signalbox.yaml', loadPriceLibrary());
  if (!('ok' in catalogue)) throw new Error(JSON.stringify(catalogue.problems));
  const policy = parsePolicyFile(demoPolicyYaml(history), 'policy.yaml', catalogue.ok.catalogue);
  if (!('ok' in policy)) throw new Error(JSON.stringify(policy.problems));

  const cost = new Map(recordsOf(history).map(({ model, meanCostUsd }) => [`recorded/${model}`, meanCostUsd]));
  const best = recordsOf(history)[0]!;
  expect(Object.keys(policy.ok.classes).sort()).toEqual([...new Set(history.map(({ task_class }) => task_class))].sort());
  for (const { route } of Object.values(policy.ok.classes)) {
    expect(cost.get(route!.model)).toBeLessThanOrEqual(best.meanCostUsd * 1.000001);
  }
});
