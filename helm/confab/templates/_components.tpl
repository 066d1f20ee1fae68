{{/*
The services: what differs between them, by the name of the program. "values" is the key in
values.yaml, "ports" are the container's.
*/}}
{{- define "confab.components" -}}
auth:
  values: auth
  database: true
  ports: {rpc: 7100, admin: 9100}
message-store:
  values: messageStore
  database: true
  redis: true
  webhooks: true
  ports: {rpc: 7200, admin: 9200}
gateway:
  values: gateway
  redis: true
  ports: {http: 8080, rpc: 7300, admin: 9300}
{{- end -}}

{{/* Below, "." is (dict "root" $ "name" "auth" "component" <entry of the above>). */}}

{{- define "confab.componentSelector" -}}
{{ include "confab.selector" .root }}
app.kubernetes.io/component: {{ .name }}
{{- end -}}

{{- define "confab.componentLabels" -}}
{{ include "confab.labels" .root }}
app.kubernetes.io/component: {{ .name }}
{{- end -}}

{{/* Of a pod: nothing that changes with the chart alone, since a change here restarts the pods. */}}
{{- define "confab.podLabels" -}}
{{ include "confab.componentSelector" . }}
app.kubernetes.io/part-of: confab
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- with (index .root.Values .component.values).podLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "confab.image" -}}
{{- $image := .root.Values.image -}}
{{- $digest := (index .root.Values .component.values).image.digest -}}
{{- printf "%s/%s" (trimSuffix "/" $image.registry) .name -}}
{{- if $digest }}@{{ $digest }}{{ else }}:{{ default .root.Chart.AppVersion $image.tag }}{{ end -}}
{{- end -}}

{{/* The start of the program's environment variables. */}}
{{- define "confab.prefix" -}}
CONFAB_{{ .name | upper | replace "-" "_" }}_
{{- end -}}

{{/* A container's env: what the chart decides, then options, then extraEnv. */}}
{{- define "confab.env" -}}
{{- $prefix := include "confab.prefix" . -}}
{{- $values := index .root.Values .component.values -}}
{{- $fullname := include "confab.fullname" .root -}}
{{- $bind := .root.Values.bindAddress -}}
{{- $ports := .component.ports -}}
{{- $set := dict "listen" (printf "%s:%v" $bind ($ports.http | default $ports.rpc)) -}}
{{- $_ := set $set "admin-listen" (printf "%s:%v" $bind $ports.admin) -}}
{{- if .component.database -}}
{{- $_ := set $set "database-url-file" "/etc/confab/database-url" -}}
{{- end -}}
{{- if and .component.webhooks .root.Values.webhooks.existingSecret -}}
{{- $_ := set $set "webhooks-file" (printf "/etc/confab-webhooks/%s" .root.Values.webhooks.key) -}}
{{- end -}}
{{- if and .component.redis .root.Values.redis.urls -}}
{{- $_ := set $set "redis-urls" (join "," .root.Values.redis.urls) -}}
{{- end -}}
{{- if eq .name "gateway" -}}
{{- $components := include "confab.components" .root | fromYaml -}}
{{- $store := index $components "message-store" -}}
{{- $_ := set $set "rpc-listen" (printf "%s:%v" $bind $ports.rpc) -}}
{{- $_ := set $set "auth-address" (printf "%s-auth:%v" $fullname $components.auth.ports.rpc) -}}
{{- $_ := set $set "message-stores" (printf "%s-message-store:%v" $fullname $store.ports.rpc) -}}
{{- $_ := set $set "drain-delay" (printf "%vs" $values.drainDelaySeconds) -}}
{{- $_ := set $set "drain-window" (printf "%vs" $values.drainWindowSeconds) -}}
{{- $_ := set $set "loops" $values.loops -}}
{{- end -}}
{{- range $option, $value := $set }}
- name: {{ $prefix }}{{ $option | upper | replace "-" "_" }}
  value: {{ $value | quote }}
{{- end }}
{{- if eq .name "gateway" }}
# Gateways find each other by the addresses of their pods.
- name: {{ $prefix }}RPC_ADVERTISE
  valueFrom:
    fieldRef:
      fieldPath: status.podIP
{{- end }}
{{- if and .component.redis .root.Values.redis.existingSecret }}
- name: {{ $prefix }}REDIS_URLS
  valueFrom:
    secretKeyRef:
      name: {{ .root.Values.redis.existingSecret }}
      key: {{ .root.Values.redis.key }}
{{- end }}
{{- range $option, $value := $values.options }}
{{- if or (hasKey $set $option) (has $option (list "config" "database-url" "redis-urls" "rpc-advertise" "webhooks" "webhooks-file")) }}
{{- fail (printf "\n\n%s.options.%s is set by the chart; see values.yaml for the value that decides it\n" $.component.values $option) }}
{{- end }}
- name: {{ $prefix }}{{ $option | upper | replace "-" "_" }}
  value: {{ kindIs "float64" $value | ternary (int64 $value) $value | quote }}
{{- end }}
{{- with $values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* The container, as it serves and as it migrates, without ports and probes. */}}
{{- define "confab.container" -}}
image: {{ include "confab.image" . | quote }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
securityContext:
  {{- toYaml .root.Values.containerSecurityContext | nindent 2 }}
env:
  {{- include "confab.env" . | trim | nindent 2 }}
{{- if .component.database }}
volumeMounts:
  - {name: database, mountPath: /etc/confab, readOnly: true}
{{- if and .component.webhooks .root.Values.webhooks.existingSecret }}
  - {name: webhooks, mountPath: /etc/confab-webhooks, readOnly: true}
{{- end }}
{{- end }}
{{- end -}}

{{/* What all pods have in common. Service links would be taken for options of the programs. */}}
{{- define "confab.pod" -}}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  {{- toYaml .root.Values.podSecurityContext | nindent 2 }}
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- if .component.database }}
volumes:
  - name: database
    secret:
      secretName: {{ .root.Values.database.existingSecret }}
      defaultMode: 0440
      items:
        - key: {{ index .root.Values.database.keys .component.values }}
          path: database-url
{{- if and .component.webhooks .root.Values.webhooks.existingSecret }}
  - name: webhooks
    secret:
      secretName: {{ .root.Values.webhooks.existingSecret }}
      defaultMode: 0440
{{- end }}
{{- end }}
{{- end -}}

{{- define "confab.placement" -}}
{{- $values := index .root.Values .component.values -}}
{{- range $key := list "nodeSelector" "tolerations" "affinity" "priorityClassName" }}
{{- with index $values $key }}
{{ $key }}:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "confab.topologySpread" -}}
{{- range $topology := list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
- topologyKey: {{ $topology }}
  maxSkew: 1
  whenUnsatisfiable: {{ $.root.Values.topologySpread }}
  matchLabelKeys: [pod-template-hash]
  labelSelector:
    matchLabels:
      {{- include "confab.componentSelector" $ | nindent 6 }}
{{- end }}
{{- end -}}
