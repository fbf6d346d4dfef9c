import { classify } from '../../../routing/task/classify';
import { createTypeModel } from '../../../routing/task/type-model';
import { learnedWeights } from '../../../routing/task/type-weights';
import { readWeights, writeWeights } from '../../../routing/task/weights-table';
import { classificationReport, evaluateClassifier, renderClassificationReport } from '../../../tools/bench/classification';
import { descriptorReport } from '../../../tools/bench/descriptors';
import { accuracyOfPoints, crossValidate } from '../../../tools/fit-classifier/cross-validate';
import { fingerprint, readLabelledTasks, readRecordedTasks, recordedExamples } from '../../../tools/fit-classifier/labelled-tasks';
import { FIT_OPTIONS, readExamplesBeside } from '../../../tools/fit-classifier/recipe';

const tasks = readLabelledTasks();

test('tasks that were not learned from get the labelled type in 77 % of strong and 74 % of weak labels', () => {
  const { strong, weak } = crossValidate(tasks, readExamplesBeside(), FIT_OPTIONS, [1]);
  expect(strong.right / strong.all).toBeGreaterThanOrEqual(0.77);
  expect(weak.right / weak.all).toBeGreaterThanOrEqual(0.74);
});

test('the hand-written points alone get the labelled type in 65 % of strong and 68 % of weak labels', () => {
  const { strong, weak } = accuracyOfPoints(tasks);
  expect(strong.right / strong.all).toBeGreaterThanOrEqual(0.65);
  expect(weak.right / weak.all).toBeGreaterThanOrEqual(0.68);
});

test('the shipped weights remember the tasks that they were fitted to', () => {
  const { strong, weak } = classificationReport();
  expect(strong).toMatchObject({ all: 245 });
  expect(weak).toMatchObject({ all: 97 });
  expect(strong.rate).toBeGreaterThanOrEqual(0.95);
  expect(weak.rate).toBeGreaterThanOrEqual(0.88);
});

test('no recorded task that is fitted to is a labelled one', () => {
  const labelled = new Set(tasks.map((task) => fingerprint(task.prompt)));
  const examples = recordedExamples(readRecordedTasks(), tasks);
  expect(examples).toHaveLength(14 * 25);
  expect(examples.filter((example) => labelled.has(fingerprint(example.prompt)))).toEqual([]);
});

test('estimates of tokens are within 15 % of the recorded ones for half of the tasks', () => {
  const report = descriptorReport();
  expect(report.tasks).toBeGreaterThan(3000);
  expect(report.inputTokenError).toBeLessThan(0.15);
  expect(report.totalTokenError).toBeLessThan(0.15);
});

test('harder tasks are failed by more models', () => {
  expect(descriptorReport().complexityCorrelation).toBeGreaterThan(0.25);
});

test('a confusion matrix counts every task once, and shows in the report', () => {
  const sample = tasks.slice(0, 50);
  const report = evaluateClassifier(classify, sample);
  const counted = Object.values(report.confusion).flatMap((row) => Object.values(row));
  expect(counted.reduce((sum, count) => sum + count, 0)).toBe(50);
  expect(report.strong.all + report.weak.all).toBe(50);
  const always = evaluateClassifier((text) => ({ ...classify(text), type: 'testing' }), sample);
  expect(always.byType.debugging.right).toBe(0);
  expect(renderClassificationReport(always)).toContain('code-generation');
});

test('weights survive being written and read', () => {
  const weights = learnedWeights();
  const again = readWeights(writeWeights(weights));
  expect(again.vocabulary).toEqual(weights.vocabulary);
  expect(Array.from(again.terms)).toEqual(Array.from(weights.terms));
  expect(() => createTypeModel(again)).not.toThrow();
});

test('weights that were fitted to other rules are refused with what to do', () => {
  const lines = writeWeights(learnedWeights()).split('\n');
  lines.splice(5, 1);
  expect(() => readWeights(lines.join('\n'))).toThrow(/does not fit the rules.*tools\/fit-classifier/s);
});
