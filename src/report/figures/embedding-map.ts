import type { EmbeddingMap, MapPoint } from "../data.js";
import { count } from "../numbers.js";
import { classMarks, figureColours } from "../theme.js";
import { type Figure, figureConfig, SCHEMA } from "./figure.js";
import { key, legend } from "./legend.js";

const WIDTH = 860;
const HEIGHTS = [360, 640] as const;
const THUMBNAIL = 34;
const MOST_POINTS = 3000;

/** The classes that get a colour and a shape: the most frequent on the map, by name among equals. */
export function highlightedClasses(points: readonly MapPoint[]): string[] {
  const sizes = new Map<string, number>();
  for (const { label } of points) sizes.set(label, (sizes.get(label) ?? 0) + 1);
  return [...sizes]
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .slice(0, classMarks.length)
    .map(([label]) => label);
}

/**
 * Points whose thumbnails fit on the picture without overlap, chosen greedily in the order given. Positions and
 * `size` are in the same unit.
 */
export function withoutOverlap<T extends { readonly x: number; readonly y: number }>(
  items: readonly T[],
  size: number,
): T[] {
  const taken = new Map<string, T[]>();
  return items.filter((item) => {
    const [column, row] = [Math.floor(item.x / size), Math.floor(item.y / size)];
    for (let c = column - 1; c <= column + 1; c++) {
      for (let r = row - 1; r <= row + 1; r++) {
        const near = taken.get(`${c} ${r}`) ?? [];
        if (near.some((other) => Math.abs(other.x - item.x) < size && Math.abs(other.y - item.y) < size)) return false;
      }
    }
    const key = `${column} ${row}`;
    taken.set(key, [...(taken.get(key) ?? []), item]);
    return true;
  });
}

interface Placed extends MapPoint {
  readonly group: string;
}

const OTHER = "other";

/** Where each item lies in the plane, equal units both ways; classes by colour and shape, thumbnails where there is room. */
export function embeddingMapFigure({ points, note }: EmbeddingMap): Figure {
  const classes = highlightedClasses(points);
  const finite = points.filter(({ x, y }) => Number.isFinite(x) && Number.isFinite(y)).slice(0, MOST_POINTS);
  const { height, items } = onCanvas(finite);
  const placed = items.map(
    (point): Placed => ({ ...point, group: classes.includes(point.label) ? key(classes.indexOf(point.label)) : OTHER }),
  );
  // Highlighted classes choose their places first: their thumbnails explain their colours.
  const pictured = withoutOverlap(
    placed
      .filter(({ image }) => image !== undefined)
      .sort((a, b) => Number(a.group === OTHER) - Number(b.group === OTHER)),
    THUMBNAIL + 2,
  );
  const bare = (list: readonly Placed[]) => list.map(({ x, y, group, label }) => ({ x, y, group, label }));
  const left = points.length - finite.length;
  return {
    id: "embedding-map",
    title: "Embedding in the plane",
    legend: legend("Most frequent classes, by colour and shape", [
      ...classes.map((name, at) => ({ name, ...classMarks[at]! })),
      { name: "other classes", colour: figureColours.baseline2, glyph: "●" },
    ]),
    alternative: describeMap(finite.length, classes, note),
    caption: [note, left > 0 ? ` ${count(left)} further points are not drawn.` : null],
    spec: {
      $schema: SCHEMA,
      width: WIDTH,
      height,
      config: figureConfig,
      encoding: {
        x: { field: "x", type: "quantitative", axis: null, scale: { domain: [0, WIDTH], nice: false } },
        y: { field: "y", type: "quantitative", axis: null, scale: { domain: [0, height], nice: false } },
      },
      layer: [
        { data: { values: bare(placed) }, ...dotLayer(classes, { size: 42, opacity: 0.85 }) },
        { data: { values: bare(pictured) }, ...tileLayer(classes) },
        {
          data: { values: pictured.map(({ x, y, image }) => ({ x, y, image })) },
          mark: { type: "image", width: THUMBNAIL - 6, height: THUMBNAIL - 6 },
          encoding: { url: { field: "image", type: "nominal" } },
        },
      ],
    },
  };
}

function dotLayer(classes: readonly string[], { size, opacity }: { size: number; opacity: number }) {
  return {
    mark: { type: "point", filled: true, size, opacity },
    encoding: {
      color: classColour(classes),
      shape: {
        field: "group",
        type: "nominal",
        scale: {
          domain: [...classes.map((_, at) => key(at)), OTHER],
          range: [...classMarks.slice(0, classes.length).map((mark) => mark.shape), "circle"],
        },
        legend: null,
      },
    },
  } as const;
}

/** A light tile under each thumbnail: many pictures are dark drawings on nothing. */
function tileLayer(classes: readonly string[]) {
  return {
    mark: {
      type: "rect",
      width: THUMBNAIL,
      height: THUMBNAIL,
      cornerRadius: 6,
      fill: figureColours.tile,
      strokeWidth: 2,
    },
    encoding: { stroke: classColour(classes) },
  } as const;
}

function classColour(classes: readonly string[]) {
  return {
    field: "group",
    type: "nominal",
    scale: {
      domain: [...classes.map((_, at) => key(at)), OTHER],
      range: [...classMarks.slice(0, classes.length).map((mark) => mark.colour), figureColours.baseline2],
    },
    legend: null,
  } as const;
}

/** Fit the points into the picture with one scale for both directions and room for a thumbnail at the edge. */
function onCanvas(points: readonly MapPoint[]): { readonly height: number; readonly items: MapPoint[] } {
  const [left, right] = extent(points.map(({ x }) => x));
  const [bottom, top] = extent(points.map(({ y }) => y));
  const inside = WIDTH - 2 * THUMBNAIL;
  const wanted = 2 * THUMBNAIL + (inside * (top - bottom)) / (right - left || 1);
  const height = Math.round(Math.min(Math.max(wanted || 0, HEIGHTS[0]), HEIGHTS[1]));
  const scale = Math.min(inside / (right - left || 1), (height - 2 * THUMBNAIL) / (top - bottom || 1));
  const place = (value: number, middle: number, size: number) =>
    Math.round(10 * (size / 2 + scale * (value - middle))) / 10;
  const items = points.map((point) => ({
    ...point,
    x: place(point.x, (left + right) / 2, WIDTH),
    y: place(point.y, (bottom + top) / 2, height),
  }));
  return { height, items };
}

function extent(values: readonly number[]): [number, number] {
  return values.reduce<[number, number]>(
    ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  );
}

function describeMap(points: number, classes: readonly string[], note: string | undefined): string {
  const marked = classes.length > 0 ? ` Coloured classes: ${classes.join(", ")}.` : "";
  return `Scatter plot of ${count(points)} embedded items.${marked}${note ? ` ${note}` : ""}`;
}
