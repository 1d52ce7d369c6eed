{{- /* The programs know this namespace by name, as the policies know the operator. */}}
{{- define "rise.namespace" -}}
{{- if ne .Release.Namespace "rise-system" }}{{ fail "install Rise into the namespace rise-system: helm install rise charts/rise --namespace rise-system --create-namespace" }}{{ end -}}
rise-system
{{- end }}

{{- /* How the backend speaks for people: constrained, legacy, or off. */}}
{{- define "rise.impersonation" -}}
{{- if semverCompare ">= 1.36.0-0" .Capabilities.KubeVersion.Version -}}
constrained
{{- else if .Values.backend.acceptLegacyImpersonation -}}
legacy
{{- else -}}
off
{{- end -}}
{{- end }}

{{- define "rise.operatorUser" -}}
system:serviceaccount:{{ include "rise.namespace" . }}:rise-operator
{{- end }}

{{- /*
Somebody asks whether a policy is in force: whoever it is, a write by this field manager is refused. So operator and
backend have a dry run refused that they may make otherwise. Nothing is ever written by it.
*/}}
{{- define "rise.asked" -}}
request.?options.?fieldManager == optional.of('rise-policy-in-force')
{{- end }}

{{- define "rise.isAdministrator" -}}
{{- $groups := include "rise.celList" .Values.administrators.groups -}}
{{- if .Values.administrators.users -}}
(request.userInfo.groups.exists(g, g in {{ $groups }}) || request.userInfo.username in {{ include "rise.celList" .Values.administrators.users }})
{{- else -}}
request.userInfo.groups.exists(g, g in {{ $groups }})
{{- end -}}
{{- end }}

{{- define "rise.reservedNames" -}}
{{ include "rise.celList" .Values.reservedNames }}
{{- end }}

{{- /* A list of strings as CEL writes it, in single quotes: it stands inside double-quoted YAML. */}}
{{- define "rise.celList" -}}
[{{ range $index, $name := . }}{{ if $index }}, {{ end }}'{{ $name }}'{{ end }}]
{{- end }}

{{- /* A project that names no registry gets this one: it has to be one of those that there are. */}}
{{- define "rise.defaultRegistry" -}}
{{- $names := list -}}
{{- range .Values.registries }}{{ $names = append $names .name }}{{ end -}}
{{- if not (has .Values.defaultRegistry $names) }}{{ fail (printf "defaultRegistry %q is none of registries (%s): name one of them" .Values.defaultRegistry (join ", " $names)) }}{{ end -}}
{{ .Values.defaultRegistry }}
{{- end }}

{{- /* Every file of policies/: what operator and backend compare the installed ones with. */}}
{{- define "rise.policies" -}}
{{- range $name := list "first-apply" "namespaces" "operator-fence" "projects.live-membership" "projects.ownership" "secrets" "subresources" "teams.ownership" }}
---
{{ include (printf "%s/policies/%s.yaml" $.Template.BasePath $name) $ }}
{{- end }}
{{- end }}

{{- define "rise.labels" -}}
app.kubernetes.io/part-of: rise
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- /* What every container may not do. */}}
{{- define "rise.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{- define "rise.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- /* The programs' settings: where their accounts come from is the chart's matter. */}}
{{- define "rise.registries" -}}
{{- $settings := list -}}
{{- range .Values.registries }}{{ $settings = append $settings (omit . "secrets") }}{{ end -}}
{{ $settings | toJson }}
{{- end }}

{{- /* What a program (`program`: operator or backend) has of registries: its accounts, and its signing key. */}}
{{- define "rise.registryMounts" -}}
{{- $program := .program -}}
{{- range $index, $registry := .Values.registries }}{{ if dig "secrets" $program "" $registry }}
- {name: account-{{ $index }}, mountPath: /etc/rise/registries/{{ $registry.name }}, readOnly: true}
{{- end }}{{ end }}
{{- if get .Values.registrySigning (printf "%sSecret" $program) }}
- {name: registry-signing, mountPath: /etc/rise/registry-signing, readOnly: true}
{{- end }}
{{- end }}

{{- define "rise.registryVolumes" -}}
{{- $program := .program -}}
{{- range $index, $registry := .Values.registries }}{{ with dig "secrets" $program "" $registry }}
- name: account-{{ $index }}
  secret: {secretName: {{ . | quote }}, defaultMode: 0440}
{{- end }}{{ end }}
{{- with get .Values.registrySigning (printf "%sSecret" $program) }}
- name: registry-signing
  secret: {secretName: {{ . | quote }}, defaultMode: 0440}
{{- end }}
{{- end }}
