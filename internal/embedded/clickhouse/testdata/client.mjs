// Uses ClickHouse through the official JavaScript client and fails at the first wrong answer.
import assert from 'node:assert/strict'
import { createClient } from '@clickhouse/client'

const options = {
  url: process.env.CH_URL,
  database: process.env.CH_DATABASE,
  username: process.env.CH_USER,
  password: process.env.CH_PASSWORD,
}

async function check(name, use, more = {}) {
  const client = createClient({ ...options, ...more })
  try {
    await use(client)
  } catch (err) {
    console.error(`${name}: ${err.stack}`)
    process.exit(1)
  } finally {
    await client.close()
  }
}

await check('ping', async (c) => {
  assert.equal((await c.ping()).success, true)
  assert.equal((await c.ping({ select: true })).success, true)
})

await check('table', async (c) => {
  const made = await c.command({ query: 'CREATE TABLE t (a UInt32, s String, tags Array(String), at DateTime64(3)) ENGINE = MergeTree ORDER BY a' })
  assert.match(made.query_id, /^[0-9a-f-]{36}$/)
})

const rows = Array.from({ length: 5000 }, (_, a) => ({ a, s: `row ${a}`, tags: ['x', `y${a}`], at: '2026-01-02 03:04:05.678' }))

await check('insert', async (c) => {
  const done = await c.insert({ table: 't', values: rows, format: 'JSONEachRow' })
  assert.equal(done.executed, true)
  assert.equal(Number(done.summary.written_rows), rows.length)
})

await check('compressed both ways', async (c) => {
  await c.insert({ table: 't', values: [[5000, 'compact', [], '2026-01-02 03:04:05.678']], format: 'JSONCompactEachRow' })
  const got = await (await c.query({ query: 'SELECT * FROM t ORDER BY a', format: 'JSONEachRow' })).json()
  assert.equal(got.length, rows.length + 1)
  assert.deepEqual(got[4321], rows[4321])
}, { compression: { request: true, response: true } })

await check('JSON', async (c) => {
  const got = await (await c.query({ query: 'SELECT count() AS n FROM t' })).json()
  assert.equal(got.rows, 1)
  assert.deepEqual(got.meta, [{ name: 'n', type: 'UInt64' }])
  assert.equal(Number(got.data[0].n), rows.length + 1)
})

await check('parameters', async (c) => {
  const query_params = { n: 41, s: "it's\ta 'tab' \\", list: ['a', "b'c"], none: null, at: new Date(Date.UTC(2026, 0, 2)) }
  const set = await c.query({
    query: "SELECT {n: UInt8} + 1 AS n, {s: String} AS s, {list: Array(String)} AS list, {none: Nullable(String)} AS none, toUnixTimestamp({at: DateTime('UTC')}) AS at",
    query_params, format: 'JSONEachRow',
  })
  assert.deepEqual(await set.json(), [{ n: 42, s: query_params.s, list: query_params.list, none: null, at: 1767312000 }])
})

await check('stream', async (c) => {
  const set = await c.query({ query: 'SELECT number FROM numbers(200000)', format: 'JSONCompactEachRow' })
  let n = 0
  for await (const some of set.stream()) n += some.length
  assert.equal(n, 200000)
})

await check('headers of a CSV come once', async (c) => {
  const text = await (await c.query({ query: "SELECT number, '\"\n' AS odd FROM numbers(200000)", format: 'CSVWithNames' })).text()
  assert.equal(text.split('"number","odd"').length, 2)
})

await check('errors', async (c) => {
  await assert.rejects(c.query({ query: 'SELECT * FROM nosuch' }), (err) => err.code === '60' && err.type === 'UNKNOWN_TABLE')
  await assert.rejects(c.insert({ table: 't', values: [{ a: 'not a number' }], format: 'JSONEachRow' }))
  const set = await c.query({ query: 'SELECT throwIf(number = 3000000) FROM numbers(4000000) SETTINGS max_threads = 1', format: 'JSONEachRow' })
  await assert.rejects(set.text())
})

await check('wrong password', async (c) => {
  await assert.rejects(c.query({ query: 'SELECT 1' }), (err) => err.code === '516')
}, { password: 'wrong' })

await check('session', async (c) => {
  await c.command({ query: 'CREATE TEMPORARY TABLE own (a UInt8)' })
  await c.insert({ table: 'own', values: [{ a: 7 }], format: 'JSONEachRow' })
  assert.deepEqual(await (await c.query({ query: 'SELECT a FROM own', format: 'JSONEachRow' })).json(), [{ a: 7 }])
}, { session_id: `js-${process.pid}-${Date.now()}`, max_open_connections: 1 })

await check('abort', async (c) => {
  const abort = new AbortController()
  setTimeout(() => abort.abort(), 200)
  await assert.rejects(c.query({ query: 'SELECT count() FROM system.numbers', abort_signal: abort.signal }))
  assert.equal((await c.ping({ select: true })).success, true)
})

console.log('all checks passed')
