package callbackcrypto_test

// The vectors computed for this project with the official algorithm, and the
// pair that WeCom publishes (doc 90968).

const (
	token    = "xyToken2025"
	aesKey   = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
	corpID   = "ww1234567890abcdef"
	suiteID  = "wwaabbccddeeff0011"
	provider = "wwfedcba0987654321"

	officialToken  = "QDG6eK"
	officialKey    = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
	officialCorpID = "wx5823bf96d3bd56c7"

	officialMessage = `<xml><ToUserName><![CDATA[wx5823bf96d3bd56c7]]></ToUserName>
<FromUserName><![CDATA[mycreate]]></FromUserName>
<CreateTime>1409659813</CreateTime>
<MsgType><![CDATA[text]]></MsgType>
<Content><![CDATA[hello]]></Content>
<MsgId>4561255354251345929</MsgId>
<AgentID>218</AgentID>
</xml>`
)

// vector is one message, encrypted and signed. plain counts prefix, length,
// message and receiveid; pad and cipher follow from it.
type vector struct {
	name               string
	token, key         string
	prefix, receiveID  string
	timestamp, nonce   string
	msg                string
	plain, pad, cipher int
	encrypt, signature string
}

var vectors = []vector{
	{
		name: "V1, URL verification, enterprise app", token: token, key: aesKey,
		prefix: "0123456789abcdef", receiveID: corpID,
		timestamp: "1700000000", nonce: "1597534682",
		msg:   "7391046258013794622",
		plain: 57, pad: 7, cipher: 64,
		encrypt:   "4j/AuRx71kQlxVlzbpsMWHsjvwgJWOW/6z4Rm2BPKhKBKfQk0R/h+Ky9fdqULlKyqelL9ZexyawDq3C5XYBaRA==",
		signature: "cbdfa7839b4ee873a3a5639c2e86bb440bcdd8c2",
	},
	{
		name: "V2, contact event, UTF-8 payload", token: token, key: aesKey,
		prefix: "A1b2C3d4E5f6G7h8", receiveID: corpID,
		timestamp: "1700000001", nonce: "846027315",
		msg:   "<xml><ToUserName><![CDATA[ww1234567890abcdef]]></ToUserName><FromUserName><![CDATA[sys]]></FromUserName><CreateTime>1700000001</CreateTime><MsgType><![CDATA[event]]></MsgType><Event><![CDATA[change_contact]]></Event><ChangeType>create_user</ChangeType><UserID><![CDATA[zhangsan]]></UserID><Name><![CDATA[张三]]></Name><Department><![CDATA[1,2]]></Department></xml>",
		plain: 404, pad: 12, cipher: 416,
		encrypt:   "xpE5/p+r72bYNRzXWXQPr7ocwX9ja7otpIt/bATdQ3ssUXwqY+IWgsS9MqmhoIi+zKYL6nzmp5WNp2xZ+mAic0/EVANmVnAeXAO+nArLgljUPYtYbVvRI8ln8Vefwk0PvkdXIFUz1gkCWzhUO5teXVY7/3GvZ3+t/SAg17q3e5ZB5ayX9lh1/zCeEijEWYLTveUdjLn+AP1L/cOlRT10kV7WzpbCIbKC8xNQIy6HMzgtyxcnwHDpmDU+PFzAmqd2or3gfZmaYjEEj18ZOMs0BQLtGf+iS+ufyqbqjvTIDds/x5BXFx5HHa/AIXxOONnM2gGM/WzGzGTI4ca9cLt53NKbAzxQX69RWI2VU49PTin79mJhxt1LoepHRK2fubjAWoiAu8jaGkxvLlcW2R7b/ECjQwpueXLKV1ks+p9hVzjzIO2FynRIQo5XN01NwOt9wfZvpISFLwbV7aRNfu/dFzlqaF1fmRw6CxxkvJtoCDUX6fAaGnPhI0g7uSCncjbYoZ2SWRZsAp2otgCY4IIEQ/zr/ahQyeoMsU2eAOV+zUc=",
		signature: "424f0e979daeddd9877a0660d318057b09f152b9",
	},
	{
		name: "V3, passive text reply", token: token, key: aesKey,
		prefix: "ZyXwVuTsRqPoNmLk", receiveID: corpID,
		timestamp: "1700000002", nonce: "20486137",
		msg:   "<xml><ToUserName><![CDATA[zhangsan]]></ToUserName><FromUserName><![CDATA[ww1234567890abcdef]]></FromUserName><CreateTime>1700000002</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[收到 & ok]]></Content></xml>",
		plain: 265, pad: 23, cipher: 288,
		encrypt:   "3La67gViGyh4vX/3t/GXBZV0Qft7HhfqczA0Q+KCwRvNfRX9prUW2gV3l4sK0+i494usro7VPGKep6HTpgYsVBN2czIcSjdKAC8g7P+tuffhw+L46U5fIJ7UOu7UGjHoYDUmdqIbcRVNM5y5F1XM5b8kagYJqsHS6M4Wc/uCJRcyVeCO73xFs1OezCGuVwhcuqHlvV2IshMDYTigakXSqFUa/MW4ueLvPYlidpGf/7fEh4DNDFCjn1gpAw0Ohv0Spx3Y9sBCn7Csqccqapkh8JABO+5OKBCha4+HoTHjErxrOMQ0exVfq8YG7ePZJN598DON9Sj9UUefprSGQcLkmuuMPVzPMvOMG25h4A6rGSriKI0kqe0uu/+LssnUXS/g",
		signature: "44133b2768c984bfb294d880024991dbaf23922d",
	},
	{
		name: "V4, suite event", token: token, key: aesKey,
		prefix: "fedcba9876543210", receiveID: suiteID,
		timestamp: "1700000003", nonce: "1122334455",
		msg:   "<xml><SuiteId><![CDATA[wwaabbccddeeff0011]]></SuiteId><InfoType><![CDATA[suite_ticket]]></InfoType><TimeStamp>1700000003</TimeStamp><SuiteTicket><![CDATA[tkt-EXAMPLE-0001]]></SuiteTicket></xml>",
		plain: 231, pad: 25, cipher: 256,
		encrypt:   "wrNmYnsdngNwZHPRm4NnSw2Bhq+sd7ESbjCclCY/cQeqfFFLsWYkuT5gFxYSTbAMPVPeKlOL5z4oaBBfujsqwZ47hWOyFi+W21NadqNYD4lcqWVzm8wIhoR2jAZ1BbAyP8R0peYtGQ7uqBF+G/GgqmpceFyujqPh3TMZFhcwPnSv/SBTkU73BBn/jmUOAVY0CVCe95TXj1NWppmT5BN2j0NW52PCMOTmdvyo7PrPklVVWooOrXLDDTj94aY22HopF+cyxcpP0SEsFFiB7VyZvLdxM/jxJr+HNgB8MGZNP4KofFNy82yQo4S2fDUiaaBxEchFonZwdyDx2e7VkTEnxQ==",
		signature: "54a18887029d08a977c7201f56bec69fb2b12c4f",
	},
	{
		name: "V5, robot event, JSON, empty receiveid", token: token, key: aesKey,
		prefix: "0011223344556677", receiveID: "",
		timestamp: "1700000004", nonce: "30405060",
		msg:   `{"msgid":"m-0001","create_time":1700000004,"aibotid":"aib-0001","chattype":"single","from":{"userid":"zhangsan"},"msgtype":"event","event":{"eventtype":"enter_chat","enter_chat":{}}}`,
		plain: 202, pad: 22, cipher: 224,
		encrypt:   "Nsg5aaMH8f5OUa19u8Ik+HkEavQpA2hEa7fTJEzybXTAVkT1sGNQeeT+T8XLLEN/2g5qpPGFyj5qpfNpcQGaENi+0tDhRlMuuZb+RfMOQI8FrVE7dWp/LDwvlADhLdfT3i0wSUEDrJ6JylJx+0jwGB17xYMZHEhI19nE50KE7N7GfB3vdqXaz/dLr+WWV9lbQv3kDGliREVwdz0N/KzRioavagQL1i/AyfGTRb2Q8nONb0wUlsU19GA2XwsU5KeYA6ZyD79x7WjPLTgaQIzSd3mY6Ku0CRQEu89RQ/hKbTc=",
		signature: "aed682803d1d195a91dffeaa71779a6aa969d61a",
	},
	{
		name: "V6, aligned buffer, full 32-byte pad", token: token, key: aesKey,
		prefix: "0123456789abcdef", receiveID: corpID,
		timestamp: "1700000005", nonce: "77",
		msg:   "abcdefghijklmnopqrstuvwxyz",
		plain: 64, pad: 32, cipher: 96,
		encrypt:   "4j/AuRx71kQlxVlzbpsMWO9kIMy5sMRvIq8xx0hrt8p+ZqCblfvwKw8JL9fRtuKdv8G1vWwWyH3SR7Jt7AVjC0xKDA126K20My0a2QzIa+SzUdavnpNmT5B6toRk/OEv",
		signature: "2395e6065c099aff528746a0767cc0709accec29",
	},
	{
		name: "V7, zero-length msg", token: token, key: aesKey,
		prefix: "0123456789abcdef", receiveID: corpID,
		timestamp: "1700000006", nonce: "88",
		msg:   "",
		plain: 38, pad: 26, cipher: 64,
		encrypt:   "4j/AuRx71kQlxVlzbpsMWKnafRdshMAC9y+ip6zgWq4NdAaCxFYfyXd2P9vCQXbOAMf56cVLhskJn2DVUNACoA==",
		signature: "7f485d782add5ae2bb2fe6888c4d23e1641491b3",
	},
	{
		name: "V8, JSON event, corpid, random prefix shared with V1", token: token, key: aesKey,
		prefix: "0123456789abcdef", receiveID: corpID,
		timestamp: "1700000007", nonce: "909090",
		msg:   `{"ToUserName":"ww1234567890abcdef","FromUserName":"sys","CreateTime":1700000007,"MsgType":"event","Event":"change_contact","ChangeType":"delete_user","UserID":"zhangsan"}`,
		plain: 208, pad: 16, cipher: 224,
		encrypt:   "4j/AuRx71kQlxVlzbpsMWH7vpB/wYmENRTT+XdewFCtg9Xn7JhZbI6FaNBD+0C9JAsMHrDYY8s50ylxYH08I5I7wcmHC4pHKXqeo3JOJnOwutwO4Bv8WRgV4xGtTnsN15+0hlQBJ5lOIgKzDe/dKhhlAYCvJrqDfVN5tKGj+c2JkTx/iHVNeUBwqzb6rPMVAOhWYVkrimp8RIU+iiTdo/+O3Q4AUkghgkK2IGLvvND0cotTEWkdj8jHg2vMW/GdIqF87MaF+A+RvRv4EHvriGqjX7Il/eGdzJDONCTLzgaA=",
		signature: "b2211821ad06cb90b79d4f03eee2cfa292935b6f",
	},
	{
		name: "V9, incoming text message", token: token, key: aesKey,
		prefix: "0123456789abcdef", receiveID: corpID,
		timestamp: "1700000008", nonce: "516273849",
		msg:   "<xml><ToUserName><![CDATA[ww1234567890abcdef]]></ToUserName><FromUserName><![CDATA[zhangsan]]></FromUserName><CreateTime>1700000008</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[hello]]></Content><MsgId>7300000000000000001</MsgId><AgentID>1000002</AgentID></xml>",
		plain: 319, pad: 1, cipher: 320,
		encrypt:   "4j/AuRx71kQlxVlzbpsMWER38M95pTvmYDZmD2EqXbjCOOlLxBYT8rs1cOML94HSiuR+5CLJ20lZ6Smjybpxgpf2gkdlCv9rwbOlq2/D++QnTODvgcflw/qrI5tOCHU5HIKrd6h33+7acDrO8FqAYi12MTie7UDvN3yWqLbaLwd49Wd7wULTznHrpflwavYrfQgyJWsFTzPdptf8rT9//sqgNRKf931U8pNtB7wAV9YetEJhtJzuhcU/dp/EzIaNiY4NCggyndi8rZHdOSyWP1VwU7x0mFdKDnnm+stHtK+jtLQKQYr5m0+NzljI3JQPqpMOjCi5nqDHJmC2oDtX/pDuGbSZun2vbPbYBSdQ3EBsyGTpXT9XI0UoO+MxkSnRAUNkPzyFVSNcvI4FYl2jK4pvnxt2R3/T+y08tnHnQXU=",
		signature: "1dd2d15016175e73c0b48f529bba97154a3d23df",
	},
	{
		name: "V10, robot text reply, nonce copied from V5", token: token, key: aesKey,
		prefix: "9988776655443322", receiveID: "",
		timestamp: "1700000010", nonce: "30405060",
		msg:   `{"msgtype":"text","text":{"content":"hi"}}`,
		plain: 62, pad: 2, cipher: 64,
		encrypt:   "WGuBIbnT7TfXtxLeLW3pqTQua7/kHzuBwRsctGPP30w35VF5KbIQdXwgKheZ3k2onOkIFYS9tG4WcQ45ipcyPw==",
		signature: "fea420ece330f851635d215484aa34776ba19310",
	},
	{
		name: "V11, URL verification of a provider endpoint", token: token, key: aesKey,
		prefix: "0123456789abcdef", receiveID: provider,
		timestamp: "1700000011", nonce: "4343",
		msg:   "5550001112223334446",
		plain: 57, pad: 7, cipher: 64,
		encrypt:   "4j/AuRx71kQlxVlzbpsMWAWHJlE56OeqqZEi6BNq7L2R/b/c6GUW/0rIlULT0svYf5TWalswHWIUGsVHmI8R2Q==",
		signature: "60e486dee163ec427073c72e978142c663ac32c8",
	},
	{
		name: "V12, ciphertext beginning with `+`", token: token, key: aesKey,
		prefix: "0000000000000016", receiveID: corpID,
		timestamp: "1700000012", nonce: "12",
		msg:   "ok",
		plain: 40, pad: 24, cipher: 64,
		encrypt:   "+eC2GGlePyMhkwMtLIikzWZwXwWvNAeXxsb5E67idl5bZ5fllG+0XzBVUQyOqSEvUMczsEM9uwGwA/AV/mw6vg==",
		signature: "ecbad6ef4dff937c2f440bc27fa38cb42d027fe5",
	},
	{
		name: "official, URL verification", token: officialToken, key: officialKey,
		prefix: "c41b64491c2468d0", receiveID: officialCorpID,
		timestamp: "1409659589", nonce: "263014780",
		msg:   "1616140317555161061",
		plain: 57, pad: 7, cipher: 64,
		encrypt:   "P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ==",
		signature: "5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3",
	},
	{
		name: "official, text message", token: officialToken, key: officialKey,
		prefix: "0960688932c47ef1", receiveID: officialCorpID,
		timestamp: "1409659813", nonce: "1372623149",
		msg:   officialMessage,
		plain: 322, pad: 30, cipher: 352,
		encrypt:   "RypEvHKD8QQKFhvQ6QleEB4J58tiPdvo+rtK1I9qca6aM/wvqnLSV5zEPeusUiX5L5X/0lWfrf0QADHHhGd3QczcdCUpj911L3vg3W/sYYvuJTs3TUUkSUXxaccAS0qhxchrRYt66wiSpGLYL42aM6A8dTT+6k4aSknmPj48kzJs8qLjvd4Xgpue06DOdnLxAUHzM6+kDZ+HMZfJYuR+LtwGc2hgf5gsijff0ekUNXZiqATP7PF5mZxZ3Izoun1s4zG4LUMnvw2r+KqCKIw+3IQH03v+BCA9nMELNqbSf6tiWSrXJB3LAVGUcallcrw8V2t9EL4EhzJWrQUax5wLVMNS0+rUPA3k22Ncx4XXZS9o0MBH27Bo6BpNelZpS+/uh9KsNlY6bHCmJU9p8g7m3fVKn28H3KDYA5Pl/T8Z1ptDAVe0lXdQ2YoyyH2uyPIGHBZZIs2pDBS8R07+qN+E7Q==",
		signature: "477715d11cdb4164915debcba66cb864d751f3e6",
	},
}
