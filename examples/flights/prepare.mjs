// Makes flights.ndjson.gz and airports.csv from the npm package vega-datasets.
//
//   node prepare.mjs                      fetch the package with `npm pack`, write both files
//   node prepare.mjs vega-datasets.tgz    the same from a package that is already here
//   node prepare.mjs --check [package]    write nothing; fail if the committed files differ
//
// The output depends on nothing but the package: no clock, no unseeded randomness.

import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync, gzipSync } from 'node:zlib'

const PACKAGE = 'vega-datasets@3.2.1'
const SHA256 = {
  'flights-20k.json': '52f0ddd892d4569284b845e17323abc9afb7d303ec8f63251634a20327a610bb',
  'airports.csv': '903c7169e6d558eefb95295fe2947ec8503135fbb855ea5c737cf4a90ea603ad',
}

const SEED = 20010101
const LATE_SHARE = 0.1 // one flight in ten arrives late ...
const MAX_LATE_MINUTES = 30 // ... by 1 to 30 minutes of event time

const here = dirname(fileURLToPath(import.meta.url))

main(process.argv.slice(2))

function main(args) {
  const check = args.includes('--check')
  const [tarball] = args.filter((a) => a !== '--check')
  const source = readPackage(tarball)

  const flights = JSON.parse(source['flights-20k.json']).map(toFlight)
  const lines = inArrivalOrder(flights).map((f) => JSON.stringify(f) + '\n').join('')
  const airports = toAirportsCSV(source['airports.csv'], flights)

  if (check) {
    // Compressed bytes vary with the zlib that Node was built with, so the content is what counts.
    mustEqual('flights.ndjson.gz', gunzipSync(readFileSync(join(here, 'flights.ndjson.gz'))).toString(), lines)
    mustEqual('airports.csv', readFileSync(join(here, 'airports.csv'), 'utf8'), airports)
    return
  }
  writeFileSync(join(here, 'flights.ndjson.gz'), gzip(lines))
  writeFileSync(join(here, 'airports.csv'), airports)
  printFacts(flights)
}

// readPackage returns the two source files as text and refuses any other version of them.
function readPackage(tarball) {
  const dir = mkdtempSync(join(tmpdir(), 'flights-'))
  try {
    if (!tarball) {
      execFileSync('npm', ['pack', '--silent', PACKAGE], { cwd: dir, stdio: ['ignore', 'ignore', 'inherit'] })
      tarball = join(dir, PACKAGE.replace('@', '-') + '.tgz')
    }
    if (!existsSync(tarball)) throw new Error(`read package: no file ${tarball}`)
    const members = Object.keys(SHA256).map((name) => `package/data/${name}`)
    execFileSync('tar', ['-xzf', resolve(tarball), '-C', dir, ...members])
    const files = {}
    for (const [name, want] of Object.entries(SHA256)) {
      const bytes = readFileSync(join(dir, 'package', 'data', name))
      const got = createHash('sha256').update(bytes).digest('hex')
      if (got !== want) throw new Error(`read package: ${name} has SHA-256 ${got}, want ${want} (${PACKAGE})`)
      files[name] = bytes.toString('utf8')
    }
    return files
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

// toFlight gives a row clear names. The source has the wall time at the origin, "2001/01/14 21:55",
// and no zone; it is written as SQL and Flink write a TIMESTAMP.
function toFlight(row) {
  const m = /^(\d{4})\/(\d\d)\/(\d\d) (\d\d:\d\d)$/.exec(row.date)
  if (!m) throw new Error(`read flight: unexpected date ${JSON.stringify(row.date)}`)
  return {
    flight_time: `${m[1]}-${m[2]}-${m[3]} ${m[4]}:00`,
    origin: row.origin,
    destination: row.destination,
    delay_minutes: row.delay,
    distance_miles: row.distance,
  }
}

// inArrivalOrder disturbs the order a little, as a real stream would: most flights arrive at their
// event time, some up to MAX_LATE_MINUTES later. So no line is ever further than that behind the
// newest line before it.
function inArrivalOrder(flights) {
  const random = mulberry32(SEED)
  return flights
    .map((flight, index) => {
      const isLate = random() < LATE_SHARE
      const minutes = 1 + Math.floor(random() * MAX_LATE_MINUTES)
      return { flight, index, arrival: Date.parse(flight.flight_time.replace(' ', 'T') + 'Z') + (isLate ? minutes * 60_000 : 0) }
    })
    .sort((a, b) => a.arrival - b.arrival || a.index - b.index)
    .map((x) => x.flight)
}

// mulberry32 is a small generator with 32 bits of state: the same numbers on every machine.
function mulberry32(state) {
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let x = Math.imul(state ^ (state >>> 15), state | 1)
    x = (x + Math.imul(x ^ (x >>> 7), x | 61)) ^ x
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32
  }
}

// toAirportsCSV keeps the airports that occur in the flights, and four of their columns.
function toAirportsCSV(text, flights) {
  const used = new Set(flights.flatMap((f) => [f.origin, f.destination]))
  const [header, ...rows] = parseCSV(text)
  const columns = ['iata', 'name', 'city', 'state'].map((name) => header.indexOf(name))
  const kept = rows.map((row) => columns.map((c) => row[c])).filter(([iata]) => used.delete(iata))
  if (used.size > 0) throw new Error(`write airports: no entry for ${[...used].join(', ')}`)
  kept.sort(([a], [b]) => (a < b ? -1 : 1))
  const quote = (v) => (/[",\n]/.test(v) ? `"${v.replaceAll('"', '""')}"` : v)
  return [['iata', 'name', 'city', 'state'], ...kept].map((row) => row.map(quote).join(',') + '\n').join('')
}

// parseCSV reads RFC 4180 text: quoted fields may hold commas and doubled quotes.
function parseCSV(text) {
  return text
    .split(/\r?\n/)
    .filter((line) => line !== '')
    .map((line) =>
      [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map((m) =>
        m[1] === undefined ? m[2] : m[1].replaceAll('""', '"'),
      ),
    )
}

// gzip writes no file name and no time, and names no operating system, whatever Node runs on.
function gzip(text) {
  const bytes = gzipSync(text, { level: 9 })
  bytes.fill(0, 4, 8) // MTIME
  bytes[9] = 255 // OS: unknown
  return bytes
}

function mustEqual(name, got, want) {
  if (got !== want) throw new Error(`check ${name}: differs from what this script makes of ${PACKAGE}`)
  console.log(`${name}: as made from ${PACKAGE}`)
}

function printFacts(flights) {
  const times = flights.map((f) => f.flight_time).sort()
  const delays = flights.map((f) => f.delay_minutes)
  const count = (key) => new Set(flights.map(key)).size
  console.log({
    flights: flights.length,
    first: times[0],
    last: times.at(-1),
    days: count((f) => f.flight_time.slice(0, 10)),
    origins: count((f) => f.origin),
    destinations: count((f) => f.destination),
    originDays: count((f) => f.flight_time.slice(0, 10) + f.origin),
    delay: { min: Math.min(...delays), max: Math.max(...delays), average: delays.reduce((a, b) => a + b) / delays.length },
  })
}
