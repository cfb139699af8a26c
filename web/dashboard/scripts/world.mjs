// The world as SVG paths, made at build from world-atlas (Natural Earth, public domain): equal-earth projection, one path a country.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { geoEqualEarth, geoPath } from 'd3-geo';
import { feature } from 'topojson-client';

export const WIDTH = 960;
export const HEIGHT = 440;

// ISO 3166-1 numeric codes, which the atlas has, and the letters, which the server has.
const CODES =
  '004AF 008AL 010AQ 012DZ 016AS 020AD 024AO 028AG 031AZ 032AR 036AU 040AT 044BS 048BH 050BD 051AM 052BB 056BE 060BM 064BT 068BO 070BA ' +
  '072BW 074BV 076BR 084BZ 086IO 090SB 092VG 096BN 100BG 104MM 108BI 112BY 116KH 120CM 124CA 132CV 136KY 140CF 144LK 148TD 152CL 156CN ' +
  '158TW 162CX 166CC 170CO 174KM 175YT 178CG 180CD 184CK 188CR 191HR 192CU 196CY 203CZ 204BJ 208DK 212DM 214DO 218EC 222SV 226GQ 231ET ' +
  '232ER 233EE 234FO 238FK 239GS 242FJ 246FI 248AX 250FR 254GF 258PF 260TF 262DJ 266GA 268GE 270GM 275PS 276DE 288GH 292GI 296KI 300GR ' +
  '304GL 308GD 312GP 316GU 320GT 324GN 328GY 332HT 334HM 336VA 340HN 344HK 348HU 352IS 356IN 360ID 364IR 368IQ 372IE 376IL 380IT 384CI ' +
  '388JM 392JP 398KZ 400JO 404KE 408KP 410KR 414KW 417KG 418LA 422LB 426LS 428LV 430LR 434LY 438LI 440LT 442LU 446MO 450MG 454MW 458MY ' +
  '462MV 466ML 470MT 474MQ 478MR 480MU 484MX 492MC 496MN 498MD 499ME 500MS 504MA 508MZ 512OM 516NA 520NR 524NP 528NL 531CW 533AW 534SX ' +
  '535BQ 540NC 548VU 554NZ 558NI 562NE 566NG 570NU 574NF 578NO 580MP 581UM 583FM 584MH 585PW 586PK 591PA 598PG 600PY 604PE 608PH 612PN ' +
  '616PL 620PT 624GW 626TL 630PR 634QA 638RE 642RO 643RU 646RW 652BL 654SH 659KN 660AI 662LC 663MF 666PM 670VC 674SM 678ST 682SA 686SN ' +
  '688RS 690SC 694SL 702SG 703SK 704VN 705SI 706SO 710ZA 716ZW 724ES 728SS 729SD 732EH 740SR 744SJ 748SZ 752SE 756CH 760SY 762TJ 764TH ' +
  '768TG 772TK 776TO 780TT 784AE 788TN 792TR 795TM 796TC 798TV 800UG 804UA 807MK 818EG 826GB 831GG 832JE 833IM 834TZ 840US 850VI 854BF ' +
  '858UY 860UZ 862VE 876WF 882WS 887YE 894ZM';
const letters = new Map(CODES.split(' ').map((code) => [code.slice(0, 3), code.slice(3)]));
/** Areas without a code of their own. */
const byName = { Kosovo: 'XK', Somaliland: 'SO', 'N. Cyprus': 'CY' };

/** Every country as [letters, path, x, y]; x and y: where a pulse stands, in the middle of its largest part. */
export function world() {
  const atlas = JSON.parse(
    readFileSync(createRequire(import.meta.url).resolve('world-atlas/countries-50m.json'), 'utf8'),
  );
  const countries = feature(atlas, atlas.objects.countries);
  const shown = countries.features.filter(({ id }) => id !== '010'); // Antarctica has no visitors, and a lot of room
  const projection = geoEqualEarth().fitExtent(
    [
      [2, 2],
      [WIDTH - 2, HEIGHT - 2],
    ],
    { type: 'FeatureCollection', features: shown },
  );
  const draw = geoPath(projection).digits(0);
  const exact = geoPath(projection);
  return shown.flatMap(({ id, properties, geometry }) => {
    const code = letters.get(id) ?? byName[properties.name];
    const path = draw(geometry);
    if (!code || !path) return [];
    const parts = geometry.type === 'MultiPolygon' ? geometry.coordinates : [geometry.coordinates];
    const largest = parts
      .map((coordinates) => ({ type: 'Polygon', coordinates }))
      .reduce((a, b) => (exact.area(b) > exact.area(a) ? b : a));
    const [x, y] = exact.centroid(largest).map(Math.round);
    return [[code, lean(path), x, y]];
  });
}

/** Relative steps, without those that rounding made empty, nor the rings that it made a point. Small islands stay as a dot. */
function lean(path) {
  const rings = path
    .split('M')
    .filter(Boolean)
    .map((ring) =>
      ring
        .replace('Z', '')
        .split('L')
        .map((point) => point.split(',').map(Number)),
    );
  const drawn = rings.map(steps).filter((ring) => ring !== null);
  const [x, y] = rings[0][0];
  return drawn.length > 0 ? drawn.join('') : `M${x} ${y}h2v2h-2z`;
}

function steps([[x0, y0], ...points]) {
  let [x, y] = [x0, y0];
  const moves = [];
  for (const [nx, ny] of points) {
    if (nx !== x || ny !== y) moves.push(`${nx - x} ${ny - y}`);
    [x, y] = [nx, ny];
  }
  return moves.length > 1 ? `M${x0} ${y0}l${moves.join(' ').replaceAll(' -', '-')}z` : null;
}
