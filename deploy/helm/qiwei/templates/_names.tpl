{{- define "qiwei.labels" -}}
app.kubernetes.io/name: qiwei
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}
