import fc from 'fast-check';
import { canonicalJson, sha256Hex } from '../../db/documents/canonical-json';
import { storedCatalogueFromJson, storedCatalogueToJson } from '../../db/documents/catalogue-document';
import { differencePolicies, policyFromJson, policySha256, policyToJson } from '../../db/documents/policy-document';
import { loadStartingCatalogue } from '../../db/documents/starting-files';
import { type ClassPolicy, DEFAULT_POLICY, type Policy } from '../../routing/decision/policy';

const starting = loadStartingCatalogue();

describe('a stored catalogue', () => {
  test('comes back as it was, in the order of the file and under the same version', () => {
    const read = storedCatalogueFromJson(JSON.parse(JSON.stringify(storedCatalogueToJson(starting))));
    expect(read).toEqual({ catalogue: starting.catalogue, providers: starting.providers, pools: starting.pools });
    expect([...read.catalogue.models.keys()]).toEqual([...starting.catalogue.models.keys()]);
  });

  test('has the SHA-256 of its canonical JSON as its version', () => {
    expect(starting.catalogue.version).toBe(sha256Hex(canonicalJson(storedCatalogueToJson(starting))));
  });

  test.each([[null], [{}], [{ models: [{ id: 'x' }], defaultModels: {}, providers: [] }]])(
    'that is something else is refused (%j)',
    (json) => {
      expect(() => storedCatalogueFromJson(json)).toThrow(expect.objectContaining({ code: 'bad_config' }));
    },
  );
});

const share = fc.double({ min: 0, max: 1, noNaN: true });
const modelId = fc.string({ minLength: 1 });
const classPolicy: fc.Arbitrary<ClassPolicy> = fc.record(
  {
    route: fc.record({ kind: fc.constant('model' as const), model: modelId, fallbacks: fc.array(modelId) }),
    approved: fc.array(modelId),
    tolerance: share,
    floor: share,
  },
  { requiredKeys: ['tolerance'] },
);
// No file can name a class `__proto__`: the reader refuses it as a key, as zod does.
const className = fc.string().filter((name) => name !== '__proto__');
const policies: fc.Arbitrary<Policy> = fc
  .tuple(fc.nat(), fc.dictionary(className, classPolicy), share, fc.option(fc.nat()))
  .map(([version, classes, defaultTolerance, maxCost]) => ({
    ...DEFAULT_POLICY,
    version,
    classes: { ...classes },
    defaultTolerance,
    constraints: { defaultMaxOutputTokens: 1, ...(maxCost !== null && { maxCostPerCallNanoUsd: maxCost }) },
  }));

describe('a stored policy', () => {
  test('comes back as it was, whatever it says', () => {
    fc.assert(
      fc.property(policies, (policy) => {
        // -0 is 0 in JSON.
        expect(policyFromJson(policyToJson(policy))).toEqual(JSON.parse(JSON.stringify(policy)));
      }),
    );
  });

  test('has a hash of its rules, whichever version they were applied as', () => {
    expect(policySha256({ ...DEFAULT_POLICY, version: 7 })).toBe(policySha256(DEFAULT_POLICY));
    expect(policySha256({ ...DEFAULT_POLICY, defaultTolerance: 0.1 })).not.toBe(policySha256(DEFAULT_POLICY));
  });

  test('that is something else is refused without its content', () => {
    const stored = { ...DEFAULT_POLICY, defaultTolerance: 'secret' };
    expect(() => policyFromJson(stored)).toThrow(/defaultTolerance/);
    expect(() => policyFromJson(stored)).not.toThrow(/secret/);
  });
});

describe('the difference of two policies', () => {
  test('names each changed value with what it was and what it is', () => {
    const before: Policy = { ...DEFAULT_POLICY, classes: { gone: { tolerance: 0.1 }, 'a.b/c': { tolerance: 0.1, approved: ['x', 'y'] } } };
    const after: Policy = {
      ...DEFAULT_POLICY,
      version: 9,
      classes: { 'a.b/c': { tolerance: 0.1, approved: ['y', 'x'], floor: 0.5 }, constructor: { tolerance: 0.2 } },
      weights: { ...DEFAULT_POLICY.weights, cost: 0.3 },
    };
    expect(differencePolicies(before, after)).toEqual([
      { path: ['classes', 'a.b/c', 'approved'], before: ['x', 'y'], after: ['y', 'x'] },
      { path: ['classes', 'a.b/c', 'floor'], after: 0.5 },
      { path: ['classes', 'constructor'], after: { tolerance: 0.2 } },
      { path: ['classes', 'gone'], before: { tolerance: 0.1 } },
      { path: ['weights', 'cost'], before: 0.2, after: 0.3 },
    ]);
  });

  test('is empty exactly when their rules are the same', () => {
    fc.assert(
      fc.property(policies, policies, (a, b) => {
        expect(differencePolicies(a, a)).toEqual([]);
        expect(differencePolicies(a, b).length === 0).toBe(policySha256(a) === policySha256(b));
      }),
    );
  });
});
