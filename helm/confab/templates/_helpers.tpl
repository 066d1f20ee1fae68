{{/* The start of every object's name; short enough for the longest ending. */}}
{{- define "confab.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else if contains $name .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "confab.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* What every pod of the release has; with a component's label it selects that component. */}}
{{- define "confab.selector" -}}
app.kubernetes.io/name: {{ include "confab.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "confab.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 }}
{{ include "confab.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/part-of: confab
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "confab.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "confab.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{/* Fails with what to do when a value that has no good default is missing. */}}
{{- define "confab.check" -}}
{{- if not .Values.image.registry -}}
{{- fail "\n\nimage.registry is empty: name where the images built from deploy/Dockerfile were pushed,\ne.g. --set image.registry=registry.example.com/confab\n" -}}
{{- end -}}
{{- if not .Values.database.existingSecret -}}
{{- fail (printf "\n\ndatabase.existingSecret is empty: make a secret with the PostgreSQL URL and name it, e.g.\n  kubectl -n %s create secret generic confab-database --from-literal=database-url='postgresql://USER:PASSWORD@HOST:5432/DATABASE'\n  --set database.existingSecret=confab-database\n" .Release.Namespace) -}}
{{- end -}}
{{- if and .Values.redis.urls .Values.redis.existingSecret -}}
{{- fail "\n\nredis.urls and redis.existingSecret are both set: use one\n" -}}
{{- end -}}
{{- if not (or .Values.redis.urls .Values.redis.existingSecret) -}}
{{- fail "\n\nredis.urls is empty, and so is redis.existingSecret: name the Redis servers,\ne.g. --set 'redis.urls={redis://redis:6379}'\n" -}}
{{- end -}}
{{- if and .Values.ingress.enabled (not .Values.ingress.hosts) -}}
{{- fail "\n\ningress.hosts is empty: name the hosts, e.g. --set 'ingress.hosts={chat.example.com}'\n" -}}
{{- end -}}
{{- end -}}
