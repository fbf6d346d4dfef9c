/** What the demonstration rests on: a state of its own, a division of the recorded tasks, rules that are valid files. */

import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEMO_MODEL, demoCatalogueYaml, demoPolicyYaml } from '../../client/demo/rules';
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

test('what meets the canary was not looked at before, and the division is the same every time', async () => {
  const recording = await readRecording(FILE);
  const sample = drawSample(recording, 400, 'demo');
  expect(sample.tasks).toHaveLength(400);
  expect(new Set([...sample.tasks, ...sample.rest].map(({ id }) => id)).size).toBe(recording.length);
  expect(drawSample(recording, 400, 'demo').tasks.map(({ id }) => id)).toEqual(sample.tasks.map(({ id }) => id));
});

test('its catalogue and policy are valid files, and send everything to one model', async () => {
  const { tasks } = drawSample(await readRecording(FILE), 1_500, 'demo');
  const degraded = { model: 'gemma-2-9b-it', percent: 60 };
  const catalogue = parseCatalogueFile(
    demoCatalogueYaml(tasks, FILE, { faultsPercent: 5, degraded }),
    'signalbox.yaml',
    loadPriceLibrary(),
  );
  if (!('ok' in catalogue)) throw new Error(JSON.stringify(catalogue.problems));
  const policy = parsePolicyFile(demoPolicyYaml(tasks), 'policy.yaml', catalogue.ok.catalogue);
  if (!('ok' in policy)) throw new Error(JSON.stringify(policy.problems));

  expect(Object.keys(policy.ok.classes).sort()).toEqual([...new Set(tasks.map(({ task_class }) => task_class))].sort());
  for (const { route } of Object.values(policy.ok.classes)) expect(route).toMatchObject({ kind: 'model', model: `recorded/${DEMO_MODEL}` });
});
