/** How a task class, or a group of them, may be named. */

export const CLASS_NAME = /^[\p{L}\p{N}][\p{L}\p{N}._:/ -]{0,199}$/u;
export const CLASS_NAME_RULE = 'A class is named with letters, digits, spaces and ". _ : / -"; at most 200 of them.';
