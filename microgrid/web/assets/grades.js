// What a person knows: how many answers were right at once, and which rules of the table are mastered.

const MASTERED = 2; // steps right in a row

export const grades = { right: 0, asked: 0, rules: new Map() };

export function forgetGrades() {
  Object.assign(grades, { right: 0, asked: 0, rules: new Map() });
}

/** One question has been answered: right at once, or not. */
export function gradeAnswer(isRight) {
  grades.asked += 1;
  grades.right += isRight;
}

/** All questions of a step have been answered; whether its rule is mastered by that. */
export function gradeStep(rule, isRight) {
  const grade = grades.rules.get(rule) ?? { right: 0, asked: 0, inRow: 0, isMastered: false };
  grade.asked += 1;
  grade.right += isRight;
  grade.inRow = isRight ? grade.inRow + 1 : 0;
  const isNew = !grade.isMastered && grade.inRow >= MASTERED;
  grade.isMastered ||= isNew;
  grades.rules.set(rule, grade);
  return isNew;
}

export const isMastered = (rule) => grades.rules.get(rule)?.isMastered ?? false;
