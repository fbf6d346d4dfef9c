/** How a person is named who asks for reviews and decides on what they propose. */

export const PERSON_NAME = /^[^\s\p{Cc}](?:[^\p{Cc}]{0,98}[^\s\p{Cc}])?$/u;
export const PERSON_NAME_RULE = 'A person is named with at most 100 characters on one line, without space at the ends.';
