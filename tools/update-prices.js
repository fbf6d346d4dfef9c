/**
 * Cuts data/model-prices.json from a price list in LiteLLM's format:
 *
 *   node tools/update-prices.js SOURCE.json [TARGET.json] [--as-of 2026-11-21]
 *
 * SOURCE is LiteLLM's model_prices_and_context_window.json, or an object {_origin, models} around its entries. Kept are
 * the models of the providers we can call that still answer on the given day, with the fields that the price library
 * reads; numbers are copied as they are, so that a figure can be compared with its origin.
 */

const fs = require('node:fs');
const path = require('node:path');

const PROVIDERS = new Set(['anthropic', 'openai', 'gemini', 'azure', 'bedrock', 'bedrock_converse']);

/** Families that do the work we route: text in, text out. */
const WANTED = [
  /^claude-/,
  /^(gpt-|o\d)/,
  /^gemini\/gemini-/,
  /^azure\/((eu|us|apac)\/)?(gpt-|o\d)/,
  /^((eu|us|us-gov|apac|au|jp|global)\.)?(anthropic\.claude-(haiku|sonnet|opus|fable|mythos)|amazon\.nova|openai\.gpt)/,
];

/** Other uses of the same names, and models that were replaced before the ones above. */
const UNWANTED =
  /audio|realtime|search|deep-research|robotics|computer-use|tts|customtools|-exp|omni|cyber|rosalind|daybreak|gemma|safeguard|gpt-(3\.5|35|4$|4-)|claude-(opus|sonnet)-4-2025/;

const PRICE_FIELD =
  /^((input|output)_cost_per_token|output_cost_per_reasoning_token|cache_read_input_token_cost|cache_creation_input_token_cost(_above_1hr)?)(_above_\d+k_tokens)?(_batches)?$/;

const OTHER_FIELDS = new Set([
  'litellm_provider',
  'max_input_tokens',
  'max_output_tokens',
  'deprecation_date',
  'supports_function_calling',
  'supports_vision',
  'supports_pdf_input',
  'supports_audio_input',
  'supports_response_schema',
  'supports_reasoning',
  'supports_web_search',
  'supports_prompt_caching',
]);

function isKept(name, entry, asOf) {
  return (
    PROVIDERS.has(entry.litellm_provider) &&
    WANTED.some((family) => family.test(name)) &&
    !UNWANTED.test(name) &&
    (entry.deprecation_date === undefined || entry.deprecation_date > asOf) &&
    // A list price of 0 means that nobody has entered one.
    entry.input_cost_per_token > 0 &&
    entry.output_cost_per_token > 0
  );
}

function cutEntry(entry) {
  const fields = Object.entries(entry).filter(([field, value]) => (PRICE_FIELD.test(field) && value > 0) || OTHER_FIELDS.has(field));
  return Object.fromEntries(fields.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function main(args) {
  const asOfIndex = args.indexOf('--as-of');
  const asOf = asOfIndex < 0 ? new Date().toISOString().slice(0, 10) : args[asOfIndex + 1];
  const [source, target = path.join(__dirname, '..', 'data', 'model-prices.json')] = args.filter(
    (_, index) => asOfIndex < 0 || (index !== asOfIndex && index !== asOfIndex + 1),
  );
  if (source === undefined || !/^\d{4}-\d\d-\d\d$/.test(asOf ?? '')) {
    console.error('usage: node tools/update-prices.js SOURCE.json [TARGET.json] [--as-of YYYY-MM-DD]');
    process.exit(2);
  }
  const { _origin = 'LiteLLM model_prices_and_context_window (MIT)', models, ...bare } = JSON.parse(fs.readFileSync(source, 'utf8'));
  const kept = Object.entries(models ?? bare)
    .filter(([name, entry]) => isKept(name, entry, asOf))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, entry]) => [name, cutEntry(entry)]);
  const cut = { _origin: `${_origin}; cut by tools/update-prices.js as of ${asOf}`, models: Object.fromEntries(kept) };
  fs.writeFileSync(target, `${JSON.stringify(cut, null, 2)}\n`);
  console.log(`${kept.length} models, ${fs.statSync(target).size} bytes: ${target}`);
}

main(process.argv.slice(2));
