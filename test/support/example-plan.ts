/** How examples are tried: in which order, what is said of them, and which cannot be. */

/** What cannot be tried here, and why. */
export const NOT_TRIED: Readonly<Record<string, string>> = {
  'npm ci && npm test': 'It is this very run, and needs a registry.',
  'npm ci && npm run demo -- --approve': 'The first half needs a registry. The second is "signalbox demo --approve", which is tried.',
  'signalbox review label 3f2b8f6f':
    'It is a conversation on a terminal about the answers of a judged review; test/cli/review-label.test.ts has it.',
  'signalbox review label 3f2b8f6f --as ana --from labels.jsonl': 'As the one above.',
  'signalbox review label 3f2b8f6f --as ana': 'As the one above.',
  'signalbox review label 3f2b8f6f --json': 'As the one above.',
  'signalbox completion fish | source':
    'The second half is a command of fish; test/cli/completion.test.ts reads what the first half prints.',
};

/** Capital words that are meant as they stand. */
export const NO_PLACEHOLDERS: readonly string[] = ['SIMPLE'];

/** What is said beside an example of what it shows. */
export const SHOWS: Readonly<Record<string, RegExp>> = {
  'signalbox classify "Fix authentication bug in login endpoint"': /^debugging, /u,
  'signalbox route "Fix authentication bug in login endpoint"': / for debugging\/[\s\S]*score[\s\S]*If a call fails/u,
  'signalbox route "Summarise the minutes" --show-prompt': /Prompt for [\s\S]*user: Summarise the minutes/u,
  'signalbox submit --wait "Fix authentication bug in login endpoint"': /Fix authentication bug/u,
  'signalbox task ID': /Prompt[\s\S]*Decision[\s\S]*Calls[\s\S]*reserved +charged[\s\S]*Answer/u,
  'signalbox rate 4 anthropic/claude-sonnet-5-5': /^Rated anthropic\/claude-sonnet-5-5 with 4 of 5/u,
  'signalbox cost --period week --by class': /debugging\/medium/u,
  'signalbox slots queue': /local\/small/u,
  'signalbox budget set-daily 20 --scope team:search': /team "search": \$20\.00, in force/u,
  'signalbox policy diff': /review\.verdict\.approvers/u,
  'signalbox review report 3f2b8f6f': /WHAT WAITS FOR A VERDICT/u,
  'signalbox review schedule --pause': /PAUSED/u,
  'signalbox approve ID --as ben': /APPROVED: ben said approve/u,
  'signalbox rollback': /in force for every decision from now on/u,
};

/** Commands that run until they are told to end, and what they say when they are ready. */
export const UNTIL: Readonly<Record<string, { readonly ready: RegExp; readonly exitCode: number }>> = {
  up: { ready: /Ctrl-C stops everything/u, exitCode: 0 },
  worker: { ready: /polling \S*dispatch/u, exitCode: 0 },
  demo: { ready: /worker 2 ready/u, exitCode: 130 },
};

/** The whole program, in the order in which somebody meets it. Each command is in one chapter. */
export const CHAPTERS = {
  'before anything runs': ['classify', 'route', 'init', 'config check', 'review offline', 'completion'],
  'the stack': ['demo', 'up'],
  'work on a running stack': [
    ...['doctor', 'worker', 'submit', 'tasks', 'task', 'rate', 'stats', 'stats checks', 'cost', 'fallback'],
    ...['slots list', 'slots queue', 'slots dry-run', 'slots report', 'slots matrix', 'slots compare', 'cancel'],
    ...['budget show', 'budget set-daily', 'budget set-monthly', 'budget set-per-request', 'budget remove'],
    ...['ratings import', 'ratings export', 'ratings report'],
    ...['import telemetry', 'import models', 'import evaluations'],
    ...['config show', 'config get', 'config', 'config set'],
    ...['policy diff', 'policy apply', 'policy show', 'policy list', 'policy history'],
    ...['models list', 'models show', 'models add', 'models update', 'models import', 'models deprecate'],
    ...['export', 'reset cache', 'reset circuit', 'reset stats', 'erase'],
    ...['audit list', 'audit verify', 'audit export', 'audit ledger'],
  ],
  'a change of the routing': [
    ...[
      'review schedule',
      'review start',
      'review list',
      'review show',
      'review report',
      'review label',
      'approve',
      'reject',
      'review cancel',
    ],
    ...['rollout list', 'rollout show', 'rollout pause', 'rollout resume', 'rollout abort', 'rollback'],
  ],
} as const satisfies Record<string, readonly string[]>;
