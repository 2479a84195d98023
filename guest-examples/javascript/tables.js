// The exports of world tables in ../wit/rows.wit: trigger functions and a window function. What is thrown is the error.

export function email(row) {
  const email = row.email.trim().toLowerCase();
  if (!/^[^@\s]+@\S*\.\S*$/.test(email)) {
    throw { sqlstate: "23514", message: "the e-mail address is none", detail: `It is "${row.email}".`, hint: null };
  }
  return { email };
}

// The row that comes back has one column. The others stay as they are.
export function recordChanges({ operation, arguments: [column] }, old, row) {
  const before = JSON.parse(old ?? "{}");
  const text = JSON.stringify;
  const changes = Object.entries(JSON.parse(row))
    .filter(([name, value]) => name !== column && text(before[name]) !== text(value))
    .map(([name, value]) => [name, [before[name] ?? null, value]]);
  return text({ [column]: { operation, changes: Object.fromEntries(changes) } });
}

export function fillGaps(rows) {
  const filled = rows.map(({ value }) => value);
  let first = null; // the known value before
  for (const [last, end] of rows.entries()) {
    if (end.value == null) continue;
    if (first !== null) {
      const start = rows[first];
      const length = end.at - start.at || 1; // all at the same time
      for (let i = first + 1; i < last; i++) {
        filled[i] = start.value + (end.value - start.value) * ((rows[i].at - start.at) / length);
      }
    }
    first = last;
  }
  return filled;
}
