/** What a cascade is called wherever a model could stand: in proposals, comparisons and sentences. */

/** `cascade a → b`, from the first model on. */
export function nameOfCascade(models: readonly string[]): string {
  return `cascade ${models.join(' → ')}`;
}
