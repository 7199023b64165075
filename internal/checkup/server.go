package checkup

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"qiwei/internal/outbound"
	"qiwei/internal/store"
)

const (
	certificateSoon = 14 * 24 * time.Hour
	backupOld       = 7 * 24 * time.Hour
	diskLow         = 2 << 30
	diskFull        = 200 << 20
)

// reach asks the server by the address that it believes it has, as its clients do.
func (s *Service) reach(ctx context.Context, st State) []Finding {
	base, err := url.Parse(st.BaseURL)
	if st.BaseURL == "" || err != nil || base.Host == "" {
		return []Finding{{ID: "base-url", Level: Bad, What: Text{"服务器不知道自己的地址", "The server does not know its address"},
			Mend: Text{"启动时给出 --base-url；命令行检查时同样可以加上", "Give --base-url at its start, or here"}}}
	}
	out := []Finding{}
	plain := base.Scheme == "http"
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimRight(st.BaseURL, "/")+"/readyz", nil)
	var resp *http.Response
	if err == nil {
		resp, err = s.client.Do(req)
	}
	status := 0
	if err == nil {
		io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<10))
		resp.Body.Close()
		status = resp.StatusCode
	}
	switch {
	case err != nil:
		why := outbound.Cause(err)
		out = append(out, Finding{ID: "base-url", Level: Bad, What: Text{st.BaseURL + " 无法访问：" + why, st.BaseURL + " cannot be reached: " + why},
			Mend: Text{"检查域名解析、反向代理与证书，或改正 --base-url", "Look at the name, the proxy and its certificate, or mend --base-url"}})
	case status != http.StatusOK:
		out = append(out, Finding{ID: "base-url", Level: Bad, What: Text{fmt.Sprintf("%s/readyz 的回答是 %d", st.BaseURL, status), fmt.Sprintf("%s/readyz answers %d", st.BaseURL, status)},
			Mend: Text{"反向代理应把所有路径原样转发到这台服务器", "Let the proxy pass every path on to this server unchanged"}})
	default:
		out = append(out, Finding{ID: "base-url", Level: Fine, What: Text{st.BaseURL + " 可以访问", st.BaseURL + " can be reached"}})
	}
	switch {
	case plain && !machine(base.Hostname()):
		out = append(out, Finding{ID: "tls", Level: Bad, What: Text{"没有 TLS：密钥与口令明文通过网络", "There is no TLS: secrets and passwords cross the network readable"},
			Mend: Text{"在前面放置 TLS 代理，或给出 --tls-cert 与 --tls-key，并让 --base-url 以 https 开头", "Put TLS in front, or give --tls-cert and --tls-key, and let --base-url begin with https"}})
	case plain:
		out = append(out, Finding{ID: "tls", Level: Fine, What: Text{"地址只在本机，不需要 TLS", "The address is this machine's alone and needs no TLS"}})
	case err == nil && resp.TLS != nil && len(resp.TLS.PeerCertificates) > 0:
		out = append(out, certificate(resp.TLS.PeerCertificates[0].NotAfter))
	}
	return out
}

// certificate compares with the machine's clock, which browsers compare with, and not with one that is moved.
func certificate(until time.Time) Finding {
	left := time.Until(until)
	f := Finding{ID: "tls", Level: Fine, What: Text{"证书有效至 " + until.Format(time.DateOnly), "The certificate is good until " + until.Format(time.DateOnly)}}
	if left < certificateSoon {
		f.Level, f.Mend = Look, Text{"续期证书；文件更新后会自动重新读取", "Renew it; changed files are read again by themselves"}
	}
	return f
}

// machine reports whether a host is this machine alone.
func machine(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || err == nil && ip.IsLoopback()
}

// running looks at what is only for tests.
func running(st State) []Finding {
	out := []Finding{}
	base, err := url.Parse(st.BaseURL)
	switch {
	case st.Dev && (err != nil || !machine(base.Hostname())):
		out = append(out, Finding{ID: "dev", Level: Bad, What: Text{"这是 qiwei dev，却能从其他机器访问：任何人都可以一键登录任何人", "This is qiwei dev, reached by other machines: anybody can sign in as anybody"},
			Mend: Text{"真实数据请用 qiwei serve", "Use qiwei serve for real data"}})
	case st.Dev:
		out = append(out, Finding{ID: "dev", Level: Look, What: Text{"这是开发用的 qiwei dev：一键登录，没有频率限制", "This is qiwei dev, for development: sign-in by a click, no frequency limits"},
			Mend: Text{"真实数据请用 qiwei serve", "Use qiwei serve for real data"}})
	default:
		out = append(out, Finding{ID: "dev", Level: Fine, What: Text{"不是开发模式", "This is not the development mode"}})
	}
	if st.Demo {
		out = append(out, Finding{ID: "secrets", Level: pick(st.Dev, Look, Bad), What: Text{"数据目录里有 credentials.json：演示企业的密钥以明文保存", "The data directory has credentials.json: the demo's secrets are kept in plain text"},
			Mend: Text{"真实数据请用另一个目录", "Use another directory for real data"}})
	} else {
		out = append(out, Finding{ID: "secrets", Level: Fine, What: Text{"没有演示用的密钥", "There are no demo secrets"}})
	}
	if st.Frozen || st.Moved > time.Minute || st.Moved < -time.Minute {
		out = append(out, Finding{ID: "clock", Level: Look, What: Text{"时钟被拨动或暂停：" + st.Moved.Round(time.Second).String(), "The clock was moved or stands still: " + st.Moved.Round(time.Second).String()},
			Mend: Text{"在“测试控制”中恢复", "Set it back under Test controls"}})
	} else {
		out = append(out, Finding{ID: "clock", Level: Fine, What: Text{"时钟与机器一致", "The clock is the machine's"}})
	}
	if st.Faults > 0 {
		out = append(out, Finding{ID: "faults", Level: Look, What: Text{fmt.Sprintf("有 %d 个故障注入在起作用", st.Faults), fmt.Sprintf("%d faults are active", st.Faults)},
			Mend: Text{"在“测试控制”中移除", "Remove them under Test controls"}})
	}
	return out
}

func pick(is bool, yes, no Level) Level {
	if is {
		return yes
	}
	return no
}

// storage looks at the database, the disk and the backups.
func (s *Service) storage(ctx context.Context, st State) ([]Finding, error) {
	if err := s.deps.Store.Ping(ctx); err != nil {
		return []Finding{{ID: "database", Level: Bad, What: Text{"数据库没有回答", "The database does not answer"}, Mend: Text{"原因见服务器日志", "The server's log has the reason"}}}, nil
	}
	out := []Finding{{ID: "database", Level: Fine, What: Text{s.deps.Store.Database() + " 正常", s.deps.Store.Database() + " answers"}}}
	if free, ok := freeSpace(st.Disk); ok {
		f := Finding{ID: "disk", Level: Fine, What: Text{fmt.Sprintf("磁盘剩余 %.1f GB", float64(free)/1e9), fmt.Sprintf("%.1f GB of the disk are free", float64(free)/1e9)}}
		switch {
		case free < diskFull:
			f.Level = Bad
		case free < diskLow:
			f.Level = Look
		}
		if f.Level != Fine {
			f.Mend = Text{"腾出空间，或把 --data 与 --blobs 移到更大的磁盘", "Make room, or move --data and --blobs to a larger disk"}
		}
		out = append(out, f)
	}
	var at time.Time
	if err := s.deps.Store.Read(ctx, func(tx *store.Tx) (err error) {
		at, err = LastBackup(tx)
		return err
	}); err != nil {
		return nil, err
	}
	mend := Text{"每天运行一次 qiwei backup", "Run qiwei backup daily"}
	switch age := s.deps.Store.Now().Sub(at); {
	case st.Dev:
	case at.IsZero():
		out = append(out, Finding{ID: "backup", Level: Look, What: Text{"从未备份", "There has never been a backup"}, Mend: mend})
	case age > backupOld:
		out = append(out, Finding{ID: "backup", Level: Look, What: Text{fmt.Sprintf("上次备份在 %d 天前", int(age.Hours()/24)), fmt.Sprintf("The last backup is %d days old", int(age.Hours()/24))}, Mend: mend})
	default:
		out = append(out, Finding{ID: "backup", Level: Fine, What: Text{"上次备份于 " + at.Format(time.DateOnly), "The last backup is of " + at.Format(time.DateOnly)}})
	}
	return out, nil
}
