-- What Quarto makes of Divs and headings, for one page: callouts, tabsets, and an outline with one title.

local stringify = pandoc.utils.stringify

local function callout_kind(div)
  for _, class in ipairs(div.classes) do
    local kind = class:match('^callout%-(%a+)$')
    if kind then return kind end
  end
end

local function title_of(div, default)
  local first = div.content[1]
  if div.attributes.title then
    return pandoc.utils.blocks_to_inlines(pandoc.read(div.attributes.title, 'markdown').blocks)
  elseif first and first.t == 'Header' then
    div.content:remove(1)
    return first.content
  end
  return pandoc.Inlines({ pandoc.Str(default) })
end

local function callout(div)
  local kind = callout_kind(div)
  local title = title_of(div, kind:sub(1, 1):upper() .. kind:sub(2))
  local class = 'callout callout-' .. kind
  local folded = div.attributes.collapse
  if folded then
    local opening = '<details class="%s"%s><summary>'
    local blocks = pandoc.Blocks({
      pandoc.RawBlock('html', opening:format(class, folded == 'false' and ' open' or '')),
      pandoc.Plain(title),
      pandoc.RawBlock('html', '</summary>'),
    })
    blocks:extend(div.content)
    blocks:insert(pandoc.RawBlock('html', '</details>'))
    return div.identifier ~= '' and pandoc.Div(blocks, { id = div.identifier }) or blocks
  end
  local blocks = pandoc.Blocks({ pandoc.Div({ pandoc.Plain(title) }, { class = 'callout-title' }) })
  blocks:extend(div.content)
  return pandoc.Div(blocks, pandoc.Attr(div.identifier, { 'callout', 'callout-' .. kind },
    { { 'role', 'note' }, { 'aria-label', stringify(title) } }))
end

-- Headings of the first one's level divide a tabset into its tabs.
local function tabset(div)
  local first = div.content:find_if(function(block) return block.t == 'Header' end)
  if not first then return div end
  local tabs = pandoc.Blocks({})
  for _, block in ipairs(div.content) do
    if block.t == 'Header' and block.level == first.level then
      tabs:insert(pandoc.Div({ block }, { class = 'tab' }))
    elseif #tabs > 0 then
      tabs[#tabs].content:insert(block)
    end
  end
  return pandoc.Div(tabs, pandoc.Attr(div.identifier, { 'tabset' }))
end

local structure = {
  Div = function(div)
    if callout_kind(div) then return callout(div) end
    if div.classes:includes('panel-tabset') then return tabset(div) end
  end,
}

-- One heading of level 1, the title, and below it no level left out.
local function outline(doc)
  local title, lowest = false, 6
  doc:walk({
    Header = function(header)
      if not title and header.level == 1 then
        title = true
      else
        lowest = math.min(lowest, header.level)
      end
    end,
  })
  local shift, previous, seen = lowest == 1 and 1 or 0, 1, false
  return doc:walk({
    Header = function(header)
      if header.level == 1 and not seen then
        seen = true
        header.classes = { 'page-title' }
        header.identifier = 'page-title'
      else
        header.level = math.min(header.level + shift, previous + 1, 6)
      end
      previous = header.level
      return header
    end,
  })end

function Pandoc(doc)
  return outline(doc:walk(structure))
end
