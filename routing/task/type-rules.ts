/**
 * What people say when they want a certain type of work: the word rules of classification.
 *
 * A rule is a group of words. It counts most as the very first word that matters (the verb of "Fix the login"), less
 * within the first sentence, least elsewhere. Points are judgement, on a scale where 4 settles the matter when nothing
 * speaks against it; the learned weights of type-weights.ts start from them.
 */

import type { TaskType } from './task';

export type Points = Readonly<Partial<Record<TaskType, number>>>;

export interface WordRule {
  readonly name: string;
  /** Words in lower case; "~" after a verb stands for its forms in -s, -ed and -ing; "+" joins two words in a row. */
  readonly words: string;
  /** Points when a word occurs anywhere. */
  readonly anywhere: Points;
  /** Points on top when it occurs in the first sentence. */
  readonly opening?: Points;
  /** Points on top when it is the first word that matters. */
  readonly head?: Points;
}

export const WORD_RULES: readonly WordRule[] = [
  // Debugging
  {
    name: 'verb:fix',
    words: 'fix~ repair~ resolve~ hotfix patch~',
    anywhere: { debugging: 0.5 },
    opening: { debugging: 1 },
    head: { debugging: 2.5 },
  },
  {
    name: 'verb:diagnose',
    words: 'debug~ diagnose~ diagnosis troubleshoot~ triage~ reproduce~ bisect~ root+cause',
    anywhere: { debugging: 2 },
    opening: { debugging: 1 },
    head: { debugging: 1 },
  },
  {
    name: 'noun:failure',
    words:
      'bug bugs buggy defect defects crash crashes crashing crashed error errors exception exceptions failure failures failing fails failed broken breaks breaking fault faults regression regressions leak leaks deadlock race+condition panic panics segfault traceback stacktrace stack+trace hang hangs freezes timeout timeouts incident incidents outage 500 503 502 nullpointerexception typeerror undefined nan infinite+loop corrupt corrupted wrong incorrect incorrectly flaky down outages unable+to cannot+log can+t',
    anywhere: { debugging: 1 },
    opening: { debugging: 1 },
  },
  {
    name: 'words:not-working',
    words:
      'not+working doesn+t isn+t won+t why+does why+is why+am stopped+working no+longer throws+an throws+a throwing out+why is+slow too+slow very+slow returns+null on+call compilation+errors',
    anywhere: { debugging: 1 },
  },
  {
    name: 'verb:guard',
    words:
      'handle~ ignore~ prevent~ avoid~ redact~ sanitize~ escape~ normalize~ respect~ preserve~ guard~ restore~ reject~ correct~ correctly ensure~ revert~ honor~ tolerate~ keep skip only do don dont no missing wrong exclude~ check stop',
    anywhere: {},
    head: { debugging: 2 },
  },
  {
    name: 'words:correctness',
    words: 'instead+of correctly properly when+the if+the should+not accidentally unexpectedly occasionally unnecessarily',
    anywhere: { debugging: 0.5 },
  },
  // Testing
  {
    name: 'noun:test',
    words:
      'test tests testing tested unit+test unit+tests e2e testcase testcases test+cases test+case test+suite test+file coverage mock mocks mocking jest pytest junit vitest playwright cypress selenium xunit nunit tunit mstest rspec fixture fixtures assertion assertions tdd bdd qa tester',
    anywhere: { testing: 1.5 },
    opening: { testing: 1.5 },
  },
  { name: 'verb:test', words: 'test~ verify~ assert~ cover~ fuzz~', anywhere: {}, head: { testing: 2 } },
  // Refactoring
  {
    name: 'verb:refactor',
    words:
      'refactor~ refactorings restructure~ reorganize~ reorganise~ deduplicate~ modularize~ decouple~ clean+up cleanup cleanups tidy tech+debt technical+debt dead+code',
    anywhere: { refactoring: 2 },
    opening: { refactoring: 1 },
    head: { refactoring: 1 },
  },
  {
    name: 'verb:reshape',
    words:
      'rename~ simplify~ extract~ split~ move~ inline~ consolidate~ merge~ replace~ reuse~ separate~ shorten~ reduce~ remove~ drop~ delete~ convert~ switch~ unify~ nuke~ use~ hoist~ isolate~',
    anywhere: {},
    head: { refactoring: 2.2 },
  },
  {
    name: 'verb:migrate',
    words: 'migrate~ migration migrations port~ rewrite~ legacy',
    anywhere: { refactoring: 1 },
    opening: { refactoring: 0.7 },
    head: { refactoring: 1 },
  },
  { name: 'verb:transpile', words: 'transpile~ modernize~', anywhere: { refactoring: 3 } },
  // Simple tasks
  { name: 'verb:bump', words: 'bump~', anywhere: { 'simple-task': 2 }, head: { 'simple-task': 4 } },
  { name: 'verb:upgrade', words: 'upgrade~ update~ pin~ lock~ release~ publish~ tag~', anywhere: {}, head: { 'simple-task': 1.2 } },
  {
    name: 'noun:chore',
    words:
      'typo typos prettier eslint lint linter formatting whitespace changelog lockfile dependencies dependabot gitignore editorconfig license version versions edition',
    anywhere: { 'simple-task': 1 },
    opening: { 'simple-task': 1 },
  },
  { name: 'noun:git', words: 'git commit commits branch branches commit+message git+commit', anywhere: { 'simple-task': 1.2 } },
  {
    name: 'noun:file-format',
    words: 'pdf docx csv xlsx json+data markdown+files to+markdown into+markdown alphabetically uppercase lowercase',
    anywhere: { 'simple-task': 1 },
  },
  {
    name: 'verb:chore',
    words: 'sort~ shuffle~ convert~ reformat~ format~ capitalize~ alphabetize~ count~ list~ translate~ trim~ concatenate~',
    anywhere: {},
    head: { 'simple-task': 1.2 },
  },
  // Documentation
  {
    name: 'noun:document',
    words:
      'documentation docs doc readme jsdoc javadoc docstring docstrings rustdoc tsdoc godoc wiki tutorial tutorials guide guides walkthrough quickstart quick+start getting+started user+guide technical+writer technical+writing comment comments note notes example+usage api+reference changelog',
    anywhere: { documentation: 1.2 },
    opening: { documentation: 1.5 },
  },
  { name: 'verb:document', words: 'document~ annotate~', anywhere: { documentation: 1 }, head: { documentation: 2.5 } },
  {
    name: 'noun:page',
    words: 'link links badge badges nav translation translations screenshot screenshots section diagrams',
    anywhere: { documentation: 0.8 },
  },
  // Code review
  {
    name: 'verb:review',
    words: 'review~ reviewer reviewers code+review code+reviewer critique~ audit~ auditing',
    anywhere: { 'code-review': 1.2 },
    opening: { 'code-review': 1.2 },
    head: { 'code-review': 1.5 },
  },
  {
    name: 'noun:change',
    words:
      'pull+request pull+requests pr diff merge+request this+code the+code anti+patterns code+quality code+smells vulnerabilities codebase+security security+audit',
    anywhere: { 'code-review': 1.2 },
  },
  // Architecture
  {
    name: 'noun:architecture',
    words:
      'architecture architectures architect architectural microservices microservice system+design data+model schema+design scalable scalability high+availability event+driven multi+tenant distributed blueprint topology well+architected bounded+contexts domain+driven',
    anywhere: { architecture: 1.5 },
    opening: { architecture: 1.5 },
  },
  { name: 'verb:design', words: 'design~ architect~', anywhere: { architecture: 0.5 }, head: { architecture: 2.5 } },
  {
    name: 'words:proposal',
    words: 'should+not must+not cannot per+model operators boundary boundaries protocol contract lifecycle policy interface concerns',
    anywhere: { architecture: 0.4 },
  },
  // Planning
  {
    name: 'noun:plan',
    words:
      'plan plans planner planning roadmap roadmaps itinerary milestone milestones prd prds requirements+document requirements+documents implementation+plan rollout+plan timeline schedule sprint phases spike',
    anywhere: { planning: 1.2 },
    opening: { planning: 2 },
  },
  { name: 'verb:plan', words: 'plan~ schedule~ outline~ estimate~', anywhere: {}, head: { planning: 2 } },
  // Coordination
  {
    name: 'verb:coordinate',
    words:
      'coordinate~ coordination orchestrate~ orchestrator orchestration delegate~ assign~ prioritize~ prioritise~ subagents sub+agents team+lead',
    anywhere: { coordination: 1.5 },
    opening: { coordination: 1 },
  },
  {
    name: 'noun:teamwork',
    words:
      'jira issues github+issues epic epics ticket tickets meeting meetings standup stakeholder stakeholders backlog kanban status+updates project+management onboarding team teams calendar agenda follow+ups',
    anywhere: { coordination: 1 },
    opening: { coordination: 0.5 },
  },
  // Analysis
  {
    name: 'verb:analyse',
    words: 'analyze~ analyse~ evaluate~ compare~ assess~ examine~ classify~ interpret~ summarize~ summarise~ optimize~ explore~ measure~',
    anywhere: { analysis: 0.5 },
    opening: { analysis: 1 },
    head: { analysis: 1.5 },
  },
  {
    name: 'noun:data',
    words:
      'analysis analyses analyst dataset datasets statistics statistician metrics insights trends correlation regression+analysis market research sentiment data+analysis data+analyst quality costs exploration',
    anywhere: { analysis: 1 },
    opening: { analysis: 1 },
  },
  {
    name: 'words:calculation',
    words:
      'how+many how+much calculate~ compute~ solve~ prove~ probability percent percentage remainder equation equations integer integers inequality polynomial triangle perimeter radius what+is+the+sum in+total altogether per+hour each+day twice half fraction divided',
    anywhere: { analysis: 1.2 },
  },
  {
    name: 'words:logic-puzzle',
    words: 'houses clues deduce which+house premises statement+may true+false logic+puzzle riddle syllogism',
    anywhere: { analysis: 1.5 },
  },
  // Creative
  {
    name: 'noun:artwork',
    words:
      'story stories poem poems poetry haiku sonnet lyrics song songs rap melody music essay blog+post blog email emails letter screenplay script+for novel fiction character+arc joke jokes slogan slogans tagline headline headlines title+generator linkedin tweet limerick dialogue comedian composer rapper screenwriter storyteller poet novelist creative imagery artist artistic creativity captivating vivid persuasive paragraph',
    anywhere: { creative: 1.2 },
    opening: { creative: 1 },
  },
  {
    name: 'words:role-play',
    words:
      'pretend~ imagine~ embody embrace role+of the+role persona roleplay picture+yourself suppose+you speak+like in+character take+on yourself',
    anywhere: { creative: 1 },
    opening: { creative: 1 },
    head: { creative: 1 },
  },
  {
    name: 'verb:compose',
    words: 'compose~ brainstorm~ draft~ narrate~ rhyme invent~',
    anywhere: { creative: 0.8 },
    head: { creative: 1.5 },
  },
  // Factual
  {
    name: 'word:interrogative',
    words: 'who whose whom when where which what what+s who+s',
    anywhere: {},
    opening: { factual: 0.6 },
    head: { factual: 2.5 },
  },
  { name: 'words:question-auxiliary', words: 'is are was were does did do can has have how', anywhere: {}, head: { factual: 1 } },
  {
    name: 'verb:explain',
    words: 'explain~ describe~ define~ discuss~ tell+me give+examples examples+of what+are what+is',
    anywhere: { factual: 0.5 },
    head: { factual: 2 },
  },
  {
    name: 'noun:world',
    words:
      'country countries city capital president king queen war century history film movie actor actress band album song singer team player season river mountain planet cells dna species photosynthesis economic economics law laws philosophy born located famous named played wrote won',
    anywhere: { factual: 0.7 },
  },
  // Code generation
  {
    name: 'verb:implement',
    words: 'implement~ develop~ code scaffold~ bootstrap~',
    anywhere: { 'code-generation': 0.5 },
    opening: { 'code-generation': 1 },
    head: { 'code-generation': 2 },
  },
  {
    name: 'verb:add',
    words: 'add~ allow~ support~ enable~ introduce~ expose~ provide~ make~ accept~ extend~ register~ integrate~ export~',
    anywhere: {},
    head: { 'code-generation': 1.7 },
  },
  {
    name: 'verb:create',
    words: 'create~ build~ generate~ write~ make~ set+up',
    anywhere: {},
    opening: { 'code-generation': 0.3 },
    head: { 'code-generation': 0.8 },
  },
  {
    name: 'noun:program',
    words:
      'function functions program programs algorithm class method endpoint endpoints script app application component components cli sdk module library plugin middleware array string integers regex parser query webpage website html css javascript python typescript golang java kotlin rust project+skeleton boilerplate write+a+function def complexity api',
    anywhere: { 'code-generation': 0.7 },
    opening: { 'code-generation': 0.8 },
  },
  {
    name: 'words:write-program',
    words: 'a+function a+program a+script function+to function+that program+to script+to script+that class+that add+support support+for',
    anywhere: { 'code-generation': 2 },
  },
];
