/**
 * Recorded traffic of 21 weeks: requests a day, Monday to Sunday, from Monday 2009-02-02 on. It has the week of people at work, a
 * drop of a week whose cause nobody wrote down, and a slow decline.
 *
 * Views of the English Wikipedia page "R (programming language)", from Wikimedia's page view statistics (CC0), in the copy that the
 * examples of Prophet hold as logarithms (facebook/prophet, examples/example_wp_log_R.csv, MIT licence); the counts are their
 * exponentials, which are whole.
 */
export const RECORDED_WEEKS: readonly (readonly number[])[] = [
  [802, 848, 856, 875, 862, 548, 586],
  [685, 766, 835, 722, 698, 467, 513],
  [751, 879, 792, 849, 1186, 690, 526],
  [776, 755, 754, 882, 771, 509, 540],
  [777, 795, 1049, 918, 831, 563, 530],
  [795, 774, 777, 771, 717, 485, 529],
  [757, 770, 717, 712, 730, 442, 419],
  [749, 810, 721, 694, 682, 383, 248],
  [399, 444, 443, 616, 584, 448, 408],
  [635, 684, 699, 715, 537, 388, 399],
  [535, 606, 830, 699, 586, 425, 436],
  [677, 637, 686, 673, 635, 523, 481],
  [583, 692, 677, 666, 599, 405, 414],
  [629, 680, 698, 666, 679, 431, 406],
  [714, 806, 761, 749, 707, 468, 502],
  [716, 771, 729, 717, 650, 436, 407],
  [544, 845, 774, 798, 650, 460, 480],
  [690, 775, 757, 813, 658, 428, 396],
  [639, 757, 709, 708, 624, 426, 421],
  [680, 686, 675, 633, 556, 361, 396],
  [569, 637, 741, 648, 582, 395, 406],
];
