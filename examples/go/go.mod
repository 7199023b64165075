module example.com/wecom

go 1.24
