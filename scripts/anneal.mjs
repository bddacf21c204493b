// Improves a plan of bundles by simulated annealing: groups of pieces move between bundles. The same input gives the
// same plan, because the random numbers are a fixed sequence.

const MOVES = 40_000_000;
/** Temperatures in weighted bytes: warmer, it forgets the plan that it began with. */
const HOT = 300_000;
const COLD = 500;
/** Price of a bundle too many in a page, in weighted bytes. */
const CROWDED = 6_000_000;
/** Bundles beyond those of the given plan that moves may open. */
const MORE = 24;

/**
 * Returns the bundle of each group. `groups` have `size` and `pages` (numbers), `places` holds the bundle of each at
 * first, `weights` a page's weight of a byte, and `limits` the most bundles of each page.
 */
export function anneal(groups, places, weights, limits) {
  const count = Math.max(...places) + 1 + MORE;
  const state = stateOf(groups, places, weights, count);
  const random = numbers(1);
  let heat = HOT;
  let cost = 0;
  for (let move = 0; move < MOVES; move++) {
    if (move % 1_000 === 0) heat = HOT * (COLD / HOT) ** (move / MOVES);
    const group = Math.floor(random() * groups.length);
    // Half of the moves join another group, because most bundles are small.
    const to = random() < 0.5 ? Math.floor(random() * count) : state.places[Math.floor(random() * groups.length)];
    const from = state.places[group];
    if (from === to) continue;
    const change = changeBy(state, groups[group], from, to, weights, limits);
    if (change > 0 && random() >= Math.exp(-change / heat)) continue;
    carryOut(state, groups[group], group, from, to, weights);
    cost += change;
  }
  // Cold, it has long stopped to get worse.
  return cost < 0 ? state.places : places;
}

function stateOf(groups, places, weights, count) {
  const state = {
    places: Int32Array.from(places),
    /** Groups of each bundle that a page needs. */
    needed: Array.from({ length: count }, () => new Int32Array(weights.length)),
    sizes: new Float64Array(count),
    weights: new Float64Array(count),
    bundles: new Int32Array(weights.length),
  };
  groups.forEach((group, n) => put(state, group, places[n], weights));
  return state;
}

/** Weighted bytes that a move adds. */
function changeBy(state, group, from, to, weights, limits) {
  const before = state.needed[from];
  const after = state.needed[to];
  let weightFrom = state.weights[from];
  let weightTo = state.weights[to];
  let crowd = 0;
  for (const page of group.pages) {
    const leaves = before[page] === 1 ? 1 : 0;
    const enters = after[page] === 0 ? 1 : 0;
    weightFrom -= leaves * weights[page];
    weightTo += enters * weights[page];
    if (leaves === enters) continue;
    const now = state.bundles[page];
    crowd += Math.max(0, now + enters - leaves - limits[page]) - Math.max(0, now - limits[page]);
  }
  const bytes = state.sizes[from] * state.weights[from] + state.sizes[to] * state.weights[to];
  return (state.sizes[from] - group.size) * weightFrom + (state.sizes[to] + group.size) * weightTo - bytes + crowd * CROWDED;
}

function carryOut(state, group, n, from, to, weights) {
  for (const page of group.pages) {
    if (--state.needed[from][page] > 0) continue;
    state.weights[from] -= weights[page];
    state.bundles[page]--;
  }
  state.sizes[from] -= group.size;
  put(state, group, to, weights);
  state.places[n] = to;
}

function put(state, group, to, weights) {
  state.sizes[to] += group.size;
  for (const page of group.pages) {
    if (state.needed[to][page]++ > 0) continue;
    state.weights[to] += weights[page];
    state.bundles[page]++;
  }
}

/** Random numbers from 0 to 1, the same for the same seed (a linear congruential generator, Numerical Recipes). */
function numbers(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
