// The window function of wit/world.wit.

export function smooth(rows, width) {
  return Array.from(rows, (_, i) => {
    const values = rows.slice(Math.max(0, i + 1 - Math.max(1, width)), i + 1);
    return values.reduce((sum, value) => sum + value, 0) / values.length;
  });
}
