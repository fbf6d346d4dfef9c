import * as fc from 'fast-check';
import { type ProposalOption, pickProposal } from '../../../../routing/review/propose/proposal';

const LADDER = ['nano', 'small', 'medium', 'large'];

function option(model: string, saving: number, more: Partial<ProposalOption> = {}): ProposalOption {
  return { model, saving, verdict: 'NON_INFERIOR', eligible: true, ...more };
}

test('proposes the proven model nearest to the one in use', () => {
  expect(pickProposal('large', LADDER, [option('nano', 90), option('medium', 30), option('small', 60)])).toBe('medium');
});

test('takes the greater saving of two equally near', () => {
  expect(pickProposal('medium', LADDER, [option('large', 5), option('small', 20)])).toBe('small');
  expect(pickProposal('large', LADDER, [option('elsewhere', 5), option('other', 20)])).toBe('other');
});

test('passes over what is ineligible, unproven or saves nothing', () => {
  const options = [
    option('medium', 30, { eligible: false }),
    option('small', 60, { verdict: 'INCONCLUSIVE' }),
    option('nano', 90, { verdict: 'INFERIOR' }),
  ];
  expect(pickProposal('large', LADDER, options)).toBeNull();
  expect(pickProposal('large', LADDER, [option('medium', 0), option('small', -5)])).toBeNull();
  expect(pickProposal('large', LADDER, [option('large', 10)])).toBeNull();
  expect(pickProposal('large', LADDER, [])).toBeNull();
});

test('never an ineligible or unproven model, however cheap', () => {
  const anyOption = fc.record({
    model: fc.constantFrom(...LADDER, 'elsewhere'),
    saving: fc.double({ min: -100, max: 1e6, noNaN: true }),
    verdict: fc.constantFrom('NON_INFERIOR', 'INFERIOR', 'INCONCLUSIVE', 'PASS', 'FAIL', 'INVALID', ''),
    eligible: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.constantFrom(...LADDER), fc.array(anyOption), (baseline, options) => {
      const allowed = options.filter(
        ({ model, eligible, verdict, saving }) =>
          model !== baseline && eligible && (verdict === 'NON_INFERIOR' || verdict === 'PASS') && saving > 0,
      );
      const proposed = pickProposal(baseline, LADDER, options);
      expect(proposed === null).toBe(allowed.length === 0);
      if (proposed !== null) expect(allowed.map(({ model }) => model)).toContain(proposed);
    }),
  );
});

test('refuses a baseline off the ladder and a saving that is no number', () => {
  expect(() => pickProposal('unknown', LADDER, [])).toThrow(RangeError);
  expect(() => pickProposal('large', LADDER, [option('small', Number.NaN)])).toThrow(RangeError);
});
