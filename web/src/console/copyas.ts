// A request as a program that makes it, with nothing to install. The token is read from the environment, where
// its parameter's name in capitals names it.

export type Asked = { base: string; method: string; path: string; credential: string; query: Record<string, string>; body: string; file: boolean }

const text = (s: string) => JSON.stringify(s)
const quoted = (s: string) => `'${s.replaceAll("'", "'\\''")}'`
const rest = (a: Asked) => Object.entries(a.query).filter(([name, value]) => value && name !== a.credential).map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&')
const head = (a: Asked) => `${a.base}${a.path}?${[rest(a), a.credential && `${a.credential}=`].filter(Boolean).join('&')}`
const variable = (a: Asked) => a.credential.toUpperCase()

function curl(a: Asked): string {
  const url = a.credential ? `${quoted(head(a))}"$${variable(a)}"` : quoted(head(a))
  if (a.file) return `curl -s ${url} -F media=@FILE\n`
  return a.body ? `curl -s ${url} -H 'Content-Type: application/json' -d ${quoted(a.body)}\n` : `curl -s ${url}${a.method === 'POST' ? ' -X POST' : ''}\n`
}

function go(a: Asked): string {
  const url = a.credential ? `${text(head(a))}+os.Getenv(${text(variable(a))})` : text(head(a))
  const imports = ['fmt', 'io', 'log', 'net/http', ...(a.credential || a.file ? ['os'] : []), ...(a.body && !a.file ? ['strings'] : []), ...(a.file ? ['bytes', 'mime/multipart'] : [])].sort()
  const call = a.file
    ? `var form bytes.Buffer
	parts := multipart.NewWriter(&form)
	file, err := os.Open("FILE")
	if err != nil {
		log.Fatal(err)
	}
	part, err := parts.CreateFormFile("media", file.Name())
	if err == nil {
		_, err = io.Copy(part, file)
	}
	if err != nil {
		log.Fatal(err)
	}
	parts.Close()
	resp, err := http.Post(${url}, parts.FormDataContentType(), &form)`
    : a.method === 'POST'
      ? `resp, err := http.Post(${url}, "application/json", ${a.body ? `strings.NewReader(${a.body.includes('`') ? text(a.body) : `\`${a.body}\``})` : 'nil'})`
      : `resp, err := http.Get(${url})`
  return `package main

import (
${imports.map((i) => `	"${i}"`).join('\n')}
)

func main() {
	${call}
	if err != nil {
		log.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(answer))
}
`
}

function python(a: Asked): string {
  const url = a.credential ? `${text(head(a))} + os.environ[${text(variable(a))}]` : text(head(a))
  if (a.file)
    return `import os
import urllib.request

BOUNDARY = "qiwei-explorer"
with open("FILE", "rb") as file:
    body = b"\\r\\n".join([f"--{BOUNDARY}".encode(), b'Content-Disposition: form-data; name="media"; filename="FILE"', b"", file.read(), f"--{BOUNDARY}--".encode(), b""])
request = urllib.request.Request(${url}, body, {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"})
with urllib.request.urlopen(request) as answer:
    print(answer.read().decode())
`
  const raw = a.body.includes('\\') || a.body.includes('"""')
  const body = a.body ? (raw ? text(a.body) : `"""${a.body}"""`) + '.encode()' : a.method === 'POST' ? 'b""' : 'None'
  return `import os
import urllib.request

request = urllib.request.Request(${url}, ${body}, {"Content-Type": "application/json"})
with urllib.request.urlopen(request) as answer:
    print(answer.read().decode())
`
}

function node(a: Asked): string {
  const url = a.credential ? `${text(head(a))} + process.env.${variable(a)}` : text(head(a))
  if (a.file)
    return `import { readFileSync } from 'node:fs'

const body = new FormData()
body.append('media', new Blob([readFileSync('FILE')]), 'FILE')
const answer = await fetch(${url}, { method: 'POST', body })
console.log(await answer.text())
`
  const init = a.method === 'POST' ? `, {\n  method: 'POST',\n  headers: { 'Content-Type': 'application/json' },\n${a.body ? `  body: JSON.stringify(${a.body.replaceAll('\n', '\n  ')}),\n` : ''}}` : ''
  return `const answer = await fetch(${url}${init})\nconsole.log(await answer.text())\n`
}

function java(a: Asked): string {
  const url = a.credential ? `${text(head(a))} + System.getenv(${text(variable(a))})` : text(head(a))
  const lines = (s: string) => s.split('\n').map((l) => text(l + '\n')).join('\n                + ')
  const send = a.file
    ? `byte[] head = "--qiwei\\r\\nContent-Disposition: form-data; name=\\"media\\"; filename=\\"FILE\\"\\r\\n\\r\\n".getBytes();
        byte[] tail = "\\r\\n--qiwei--\\r\\n".getBytes();
        var request = HttpRequest.newBuilder(uri).header("Content-Type", "multipart/form-data; boundary=qiwei")
                .POST(HttpRequest.BodyPublishers.ofByteArrays(java.util.List.of(head, java.nio.file.Files.readAllBytes(java.nio.file.Path.of("FILE")), tail))).build();`
    : a.method === 'POST'
      ? `var request = HttpRequest.newBuilder(uri).header("Content-Type", "application/json")
                .POST(${a.body ? `HttpRequest.BodyPublishers.ofString(${lines(a.body)})` : 'HttpRequest.BodyPublishers.noBody()'}).build();`
      : 'var request = HttpRequest.newBuilder(uri).build();'
  return `import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

public class Call {
    public static void main(String[] args) throws Exception {
        var uri = URI.create(${url});
        ${send}
        System.out.println(HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString()).body());
    }
}
`
}

export const programs: { id: string; name: string; make: (a: Asked) => string }[] = [
  { id: 'curl', name: 'curl', make: curl },
  { id: 'go', name: 'Go', make: go },
  { id: 'python', name: 'Python', make: python },
  { id: 'node', name: 'Node.js', make: node },
  { id: 'java', name: 'Java', make: java },
]
