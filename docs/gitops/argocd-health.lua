-- rise.dev/* (Project, Team): kstatus conditions Ready / Reconciling / Stalled
local hs = { status = "Progressing", message = "Waiting for the rise operator" }
local spec, st = obj.spec or {}, obj.status
if spec.suspend == true then
  return { status = "Suspended", message = obj.kind .. " is suspended" }
end
if st == nil or st.observedGeneration == nil or st.observedGeneration ~= obj.metadata.generation then
  hs.message = "Waiting for generation " .. tostring(obj.metadata.generation) .. " to be observed"
  return hs
end
local c = {}
for _, cond in ipairs(st.conditions or {}) do c[cond.type] = cond end
local function text(cond) return (cond.reason or "") .. ": " .. (cond.message or "") end
if c.Stalled ~= nil and c.Stalled.status == "True" then
  return { status = "Degraded", message = text(c.Stalled) }
end
if c.Reconciling ~= nil and c.Reconciling.status == "True" then
  hs.message = text(c.Reconciling)
  return hs
end
if c.Ready ~= nil then
  if c.Ready.status == "True" then return { status = "Healthy", message = c.Ready.message or "" } end
  hs.message = text(c.Ready)
end
return hs
