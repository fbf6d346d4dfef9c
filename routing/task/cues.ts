/**
 * Words that say how hard, how urgent and how long a piece of work is, whatever its type.
 *
 * A cue is only found here; what it means is said in complexity.ts, urgency.ts, pattern.ts and output-tokens.ts.
 */

interface Cue {
  readonly name: string;
  /** As in type-rules.ts: "~" for the forms of a verb, "+" for two words in a row. */
  readonly words: string;
}

export const CUES = [
  // How hard
  {
    name: 'scale',
    words:
      'scalable scalability distributed concurrent concurrency parallel throughput sharding replication microservices microservice multi+region multi+tenant high+availability fault+tolerant event+driven real+time petabyte millions billions',
  },
  {
    name: 'breadth',
    words:
      'entire whole codebase repository across+all all+services end+to cross+platform system+wide platform enterprise comprehensive migration',
  },
  {
    name: 'rigour',
    words:
      'prove~ proof theorem lemma formal+verification invariant asymptotic optimal optimality np+hard derive~ rigorous eigenvalue integral polynomial probability tetrahedron logarithm modulo',
  },
  {
    name: 'science',
    words:
      'quantum molecule molecules compound compounds enzyme reaction reactions reagent spectrum nmr hamiltonian wavelength ion ions electron electrons isotope protein genome mol mutant allele gene genes orbital relativistic neutrino stellar redshift catalyst hydrogen carbon nmr ppm acid methyl ethyl ring synthesis product mass energy momentum velocity wave decay particle particles star telescope cell cells binding equilibrium ph titration temperature lifetime gev mev',
  },
  { name: 'puzzle', words: 'houses clues deduce riddle puzzle premises syllogism' },
  {
    name: 'delicate',
    words:
      'security secure authentication authorization authorisation encryption cryptographic concurrency race+condition deadlock memory+leak transaction transactions consistency compliance gdpr hipaa pci',
  },
  {
    name: 'stakes',
    words:
      'mission+critical safety+critical life+critical zero+downtime consensus byzantine formal+verification regulatory aerospace nuclear medical+device',
  },
  {
    name: 'recall',
    words:
      'season episode film movie song sang sings album band actor actress character plays played singer won winner author novel champion championship cup nfl nba league tv show series released born died king queen named title titled nickname surname wife husband daughter son century battle award opera ballet musical',
  },
  { name: 'small', words: 'simple simply quick quickly small minor trivial basic tiny typo one+liner hello+world' },
  { name: 'large', words: 'complex complicated advanced sophisticated large+scale difficult hard challenging intricate' },
  { name: 'think', words: 'think+hard think+deeply think+carefully step+by carefully+consider reason+through thorough+analysis chain+of' },
  // How urgent
  {
    name: 'emergency',
    words:
      'urgent urgently asap emergency outage sev1 sev+# p0 production+down prod+down is+down site+down immediately right+now data+loss breach breached',
  },
  {
    name: 'pressing',
    words: 'blocker blocking blocked deadline today tonight hotfix high+priority p1 customers+affected critical+bug as+soon in+production',
  },
  {
    name: 'exposed',
    words:
      'authentication login auth sign+in signin password security vulnerability payment payments checkout billing production customer customers users crash crashes',
  },
  { name: 'unhurried', words: 'whenever no+rush no+hurry low+priority eventually someday nice+to when+you when+possible not+urgent' },
  // How it is worked on
  { name: 'steps', words: 'then afterwards finally first+# step+# steps followed+by and+then after+that phase phases' },
  {
    name: 'iteration',
    words:
      'iterate~ iterative iteratively until refine~ refinement interactive interactively conversation feedback+loop repeat~ keep+trying experiment~ trial back+and tune~',
  },
  { name: 'persona', words: 'act+as pretend+to role+of persona roleplay i+will my+first suppose+you in+character' },
  {
    name: 'code',
    words:
      'code codebase function functions class method methods api apis endpoint sql javascript typescript python java kotlin golang rust ruby php html css jsdoc javadoc docstring docstrings repository repo commit compiler library sdk cli regex script scripts json yaml dockerfile terraform kubernetes react program programming git npm component components schema module',
  },
  // How long the answer is
  { name: 'unit:word', words: 'words' },
  { name: 'unit:sentence', words: 'sentence sentences' },
  { name: 'unit:paragraph', words: 'paragraph paragraphs' },
  { name: 'unit:page', words: 'page pages' },
  {
    name: 'unit:item',
    words: 'ideas examples names suggestions reasons tips items bullet bullets titles questions facts slogans headlines options impacts',
  },
  { name: 'terse', words: 'one+word single+word yes+or true+or only+the just+the one+letter single+number' },
  { name: 'brief', words: 'brief briefly concise concisely short shortly tl+dr tldr succinct summary' },
  { name: 'detailed', words: 'detailed detail in+depth thorough thoroughly comprehensive exhaustive extensive elaborate complete full' },
  { name: 'explain', words: 'explain~ describe~ discuss~ elaborate~ outline~ compare~ why how+does how+do how+to' },
  { name: 'function', words: 'a+function python+function function+to' },
  { name: 'how-many', words: 'how+many how+much what+percentage total altogether' },
  { name: 'long-form', words: 'essay story article blog report chapter screenplay script novel guide tutorial' },
  { name: 'letter-form', words: 'email emails letter poem post speech lyrics song' },
] as const satisfies readonly Cue[];

export type CueName = (typeof CUES)[number]['name'];

const NUMBER_OF_CUE = new Map<string, number>(CUES.map((cue, number) => [cue.name, number]));

/** Place of a cue in CUES and in the arrays that follow its order. */
export function cueNumber(name: CueName): number {
  return NUMBER_OF_CUE.get(name)!;
}
