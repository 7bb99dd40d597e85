// The same as wrk.lua, for machines without wrk: node autocannon.mjs URL FILE CLIENTS SECONDS.
import { readFileSync } from 'node:fs'
import autocannon from 'autocannon'

const [url, file, clients, seconds] = process.argv.slice(2)
const requests = readFileSync(file, 'utf8').trimEnd().split('\n').map((line) => {
  const [method, path, name, value, body] = line.split('\t')
  return { method, path, headers: { [name]: value, 'content-type': 'application/json' }, body: body || undefined }
})
// Each client of autocannon begins at the start of its list, so each is given another start.
const started = (client) => {
  const start = Math.floor(Math.random() * requests.length)
  client.setRequests([...requests.slice(start), ...requests.slice(0, start)])
}
const told = await autocannon({
  url, connections: Number(clients), duration: Number(seconds), timeout: 30, requests: requests.slice(0, 1),
  setupClient: started
})
console.log(JSON.stringify({
  requests: told.requests.total, seconds: told.duration, p50: told.latency.p50, p99: told.latency.p99,
  failed: told.non2xx + told.errors
}))
