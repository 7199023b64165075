// Snippets that run as they stand: filled in for this server, with nothing to
// install where the language has what it takes. Each fetches a token, sends a message
// and prints what came back.

export type Target = { base: string; corpid: string; agentid: number; secret: string; userid: string }

export type Snippet = { id: string; name: string; file: string; run: string; needs?: string; text: (t: Target) => string }

const text = (zh: string) => JSON.stringify(zh)

export const snippets: Snippet[] = [
  {
    id: 'curl',
    name: 'curl',
    file: 'quickstart.sh',
    run: 'sh quickstart.sh',
    text: (t) => `TOKEN=$(curl -s '${t.base}/cgi-bin/gettoken?corpid=${t.corpid}&corpsecret=${t.secret}' |
  sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')

curl -s "${t.base}/cgi-bin/message/send?access_token=$TOKEN" -d '{
  "touser": "${t.userid}",
  "msgtype": "text",
  "agentid": ${t.agentid},
  "text": {"content": "Hello from curl"}
}'
`,
  },
  {
    id: 'go',
    name: 'Go',
    file: 'quickstart.go',
    run: 'go run quickstart.go',
    text: (t) => `package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"strings"
)

const base = ${text(t.base)}

func main() {
	resp, err := http.Get(base + "/cgi-bin/gettoken?corpid=${t.corpid}&corpsecret=${t.secret}")
	if err != nil {
		log.Fatal(err)
	}
	var token struct {
		AccessToken string \`json:"access_token"\`
	}
	if err := json.NewDecoder(resp.Body).Decode(&token); err != nil {
		log.Fatal(err)
	}
	resp, err = http.Post(base+"/cgi-bin/message/send?access_token="+token.AccessToken, "application/json", strings.NewReader(\`{
		"touser": "${t.userid}", "msgtype": "text", "agentid": ${t.agentid}, "text": {"content": "Hello from Go"}
	}\`))
	if err != nil {
		log.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(body))
}
`,
  },
  {
    id: 'python',
    name: 'Python',
    file: 'quickstart.py',
    run: 'python3 quickstart.py',
    text: (t) => `import json
import urllib.request

BASE = ${text(t.base)}


def call(path, body=None):
    data = json.dumps(body).encode() if body is not None else None
    with urllib.request.urlopen(BASE + path, data) as answer:
        return json.load(answer)


token = call("/cgi-bin/gettoken?corpid=${t.corpid}&corpsecret=${t.secret}")["access_token"]
print(call("/cgi-bin/message/send?access_token=" + token, {
    "touser": "${t.userid}",
    "msgtype": "text",
    "agentid": ${t.agentid},
    "text": {"content": "Hello from Python"},
}))
`,
  },
  {
    id: 'wechatpy',
    name: 'Python · wechatpy',
    file: 'quickstart_wechatpy.py',
    run: 'python3 quickstart_wechatpy.py',
    needs: 'pip install wechatpy==2.0.0a26 cryptography',
    text: (t) => `import requests
from wechatpy.work import WeChatClient

BASE = ${text(t.base)}


class ToServer(requests.adapters.HTTPAdapter):
    """Sends to this server what the library addresses to WeCom's host."""

    def send(self, request, **kwargs):
        request.url = request.url.replace("https://qyapi.weixin.qq.com", BASE)
        return super().send(request, **kwargs)


client = WeChatClient("${t.corpid}", "${t.secret}")
client._http.mount("https://qyapi.weixin.qq.com", ToServer())
print(client.message.send_text(${t.agentid}, "${t.userid}", "Hello from wechatpy"))
`,
  },
  {
    id: 'node',
    name: 'Node.js',
    file: 'quickstart.mjs',
    run: 'node quickstart.mjs',
    text: (t) => `const base = ${text(t.base)}

const call = async (path, body) => {
  const answer = await fetch(base + path, body && { method: 'POST', body: JSON.stringify(body) })
  return answer.json()
}

const { access_token } = await call('/cgi-bin/gettoken?corpid=${t.corpid}&corpsecret=${t.secret}')
console.log(await call('/cgi-bin/message/send?access_token=' + access_token, {
  touser: '${t.userid}',
  msgtype: 'text',
  agentid: ${t.agentid},
  text: { content: 'Hello from Node.js' },
}))
`,
  },
  {
    id: 'java',
    name: 'Java',
    file: 'QuickStart.java',
    run: 'java QuickStart.java',
    text: (t) => `import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;

class QuickStart {
  static final String BASE = ${text(t.base)};

  public static void main(String[] args) throws Exception {
    HttpClient http = HttpClient.newHttpClient();
    String token = http.send(HttpRequest.newBuilder(URI.create(
        BASE + "/cgi-bin/gettoken?corpid=${t.corpid}&corpsecret=${t.secret}")).build(), BodyHandlers.ofString())
        .body().replaceAll("(?s).*\\"access_token\\":\\"([^\\"]*)\\".*", "$1");
    System.out.println(http.send(HttpRequest.newBuilder(URI.create(
        BASE + "/cgi-bin/message/send?access_token=" + token))
        .POST(HttpRequest.BodyPublishers.ofString("""
            {"touser": "${t.userid}", "msgtype": "text", "agentid": ${t.agentid}, "text": {"content": "Hello from Java"}}
            """)).build(), BodyHandlers.ofString()).body());
  }
}
`,
  },
  {
    id: 'wxjava',
    name: 'Java · WxJava',
    file: 'QuickStartWxJava.java',
    run: 'jbang QuickStartWxJava.java',
    needs: 'com.github.binarywang:weixin-java-cp',
    text: (t) => `//DEPS com.github.binarywang:weixin-java-cp:4.7.7-20250904.091948
import me.chanjar.weixin.cp.api.impl.WxCpServiceImpl;
import me.chanjar.weixin.cp.bean.message.WxCpMessage;
import me.chanjar.weixin.cp.config.impl.WxCpDefaultConfigImpl;

class QuickStartWxJava {
  public static void main(String[] args) throws Exception {
    WxCpDefaultConfigImpl config = new WxCpDefaultConfigImpl();
    config.setBaseApiUrl(${text(t.base)});
    config.setCorpId("${t.corpid}");
    config.setCorpSecret("${t.secret}");
    config.setAgentId(${t.agentid});
    WxCpServiceImpl service = new WxCpServiceImpl();
    service.setWxCpConfigStorage(config);
    System.out.println(service.getMessageService().send(
        WxCpMessage.TEXT().agentId(${t.agentid}).toUser("${t.userid}").content("Hello from WxJava").build()));
  }
}
`,
  },
]
