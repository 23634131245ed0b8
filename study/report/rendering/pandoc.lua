-- What Quarto numbers, for one page: figures, tables and equations, and the references to them. Runs
-- after structure.lua and before citeproc.
--
-- The page's labels leave as JSON ahead of the HTML, divided from it by MARK; a reference to another
-- page leaves as a link to crossref:LABEL. `pandoc.py`, which knows all pages, resolves both.

local MARK = '<!--labels-->'
local WORDS = { fig = 'Figure', tbl = 'Table', eq = 'Equation', sec = 'Section' }
local NBSP = '\u{a0}'

local counts = { fig = 0, tbl = 0, eq = 0 }
local labels = {} -- label -> { number, title, embedded }

local stringify = pandoc.utils.stringify

local function kind_of(label)
  local kind = label:match('^(%a+)%-.')
  kind = kind and kind:lower()
  return WORDS[kind] and kind or nil
end

local function trimmed(inlines)
  return (stringify(inlines):gsub('^%s+', ''):gsub('%s+$', ''))
end

-- Attributes are pairs, not a table by name, whose order would change from one run to the next.
local function attr(id, class, attributes)
  return pandoc.Attr(id or '', { class }, attributes or {})
end

local function scroller(blocks, name)
  local attributes = { { 'tabindex', '0' }, { 'role', 'region' }, { 'aria-label', name } }
  return pandoc.Div(blocks, attr('', 'scroll', attributes))
end

-- Numbers a label and returns the words that open its caption; nothing is numbered without a label.
local function numbered(id, kind, embedded)
  if kind_of(id) ~= kind then return nil end
  counts[kind] = counts[kind] + 1
  labels[id] = { number = counts[kind], embedded = embedded }
  return WORDS[kind] .. NBSP .. counts[kind]
end

local function caption_inlines(name, inlines)
  if not name then return inlines end
  local opening = pandoc.Span({ pandoc.Str(name .. (#inlines > 0 and ':' or '')) }, attr('', 'caption-label'))
  local result = pandoc.Inlines({ opening })
  if #inlines > 0 then result:insert(pandoc.Space()) end
  result:extend(inlines)
  return result
end

local function only_image(block)
  if block.t ~= 'Para' and block.t ~= 'Plain' then return false end
  for _, inline in ipairs(block.content) do
    local held = inline.t == 'Link' and inline.content[1] or inline
    if not held or (held.t ~= 'Image' and held.t ~= 'Space' and held.t ~= 'SoftBreak') then return false end
  end
  return true
end

-- A figure's or table's Div ends with its caption: a .cell-caption, or a last paragraph of text.
local function split_caption(div)
  local blocks = div.content
  local last = blocks[#blocks]
  if not last or #blocks < 2 then return blocks, pandoc.Inlines({}) end
  local is_caption = last.t == 'Div' and last.classes:includes('cell-caption')
  if not is_caption and (last.t ~= 'Para' or only_image(last)) then return blocks, pandoc.Inlines({}) end
  blocks:remove(#blocks)
  return blocks, pandoc.utils.blocks_to_inlines(is_caption and last.content or { last })
end

local function is_embedded(inlines)
  local found = false
  pandoc.Span(inlines):walk({ Span = function(span) found = found or span.classes:includes('source') end })
  return found
end

local function described(image, caption)
  local alt = image.attributes['fig-alt'] or image.attributes.alt or stringify(image.caption)
  if alt == '' and caption then alt = stringify(caption) end
  image.attributes['fig-alt'] = nil
  if alt ~= '' then image.attributes.alt = alt end
  return image
end

local function figure(id, blocks, inlines, alt)
  local name = numbered(id, 'fig', is_embedded(inlines))
  blocks = pandoc.Blocks(blocks):walk({
    Para = function(para) return only_image(para) and pandoc.Plain(para.content) or nil end,
    Image = function(image)
      if alt and not image.attributes['fig-alt'] then image.attributes['fig-alt'] = alt end
      return described(image, inlines)
    end,
  })
  local caption = caption_inlines(name, inlines)
  local long = #caption > 0 and { pandoc.Plain(caption) } or {}
  local label = name or 'Figure'
  return pandoc.Figure({ scroller(blocks, label) }, { long = long }, attr(id, 'figure'))
end

-- Cells keep to one line, and the table scrolls, except where a cell holds a sentence.
local LONG = 36
local function mark_long(rows)
  for _, row in ipairs(rows) do
    for _, cell in ipairs(row.cells) do
      if pandoc.text.len(stringify(cell.contents)) > LONG then cell.classes:insert('long') end
    end
  end
end

-- Pandoc gives a table with long rows relative widths; without them columns fit their content.
local function bare_table(tbl)
  mark_long(tbl.head.rows)
  for _, body in ipairs(tbl.bodies) do mark_long(body.body) end
  if not tbl.attributes['tbl-colwidths'] then
    tbl.colspecs = tbl.colspecs:map(function(spec) return { spec[1], nil } end)
  end
  tbl.attr = pandoc.Attr()
  tbl.caption = { long = {} }
  return tbl
end

local function table_figure(id, blocks, inlines)
  local name = numbered(id, 'tbl', is_embedded(inlines))
  local said = trimmed(inlines:walk({
    Span = function(span) return span.classes:includes('source') and {} or nil end,
  }))
  local label = name and (said == '' and name or name .. ': ' .. said) or (said == '' and 'Table' or said)
  local content = pandoc.Blocks({})
  local caption = caption_inlines(name, inlines)
  if #caption > 0 then
    content:insert(pandoc.Div({ pandoc.Plain(caption) }, attr('', 'table-caption')))
  end
  for _, block in ipairs(blocks) do
    content:insert(block.t == 'Table' and scroller({ bare_table(block) }, label) or block)
  end
  return pandoc.Div(content, attr(id, 'table-figure'))
end

local function div_table(div)
  local blocks, inlines = split_caption(div)
  for _, block in ipairs(blocks) do
    if block.t == 'Table' and #inlines == 0 then
      inlines = pandoc.utils.blocks_to_inlines(block.caption.long)
    end
  end
  return table_figure(div.identifier, blocks, inlines)
end

-- $$…$$ {#eq-x}: Pandoc leaves the braces as text behind the formula.
local function equations(para)
  local result, changed, i = pandoc.Inlines({}), false, 1
  local inlines = para.content
  while i <= #inlines do
    local math, at = inlines[i], i + 1
    if inlines[at] and (inlines[at].t == 'Space' or inlines[at].t == 'SoftBreak') then at = at + 1 end
    local id = math.t == 'Math' and math.mathtype == 'DisplayMath' and inlines[at] and inlines[at].t == 'Str'
      and inlines[at].text:match('^{#(eq%-[%w_:.-]+)}$')
    if id then
      numbered(id, 'eq')
      local number = pandoc.Span({ pandoc.Str('(' .. counts.eq .. ')') }, attr('', 'equation-number'))
      result:insert(pandoc.Span({ math, number }, attr(id, 'equation')))
      changed, i = true, at
    else
      result:insert(math)
    end
    i = i + 1
  end
  if changed then
    para.content = result
    return para
  end
end

local function columns(div)
  local count = tonumber(div.attributes['layout-ncol'])
  if count then
    div.attributes['layout-ncol'] = nil
    div.classes:insert('columns-' .. count)
  end
  return div
end

local number = {
  traverse = 'topdown',
  Div = function(div)
    if kind_of(div.identifier) == 'fig' or div.classes:includes('cell-fig') then
      local alt = div.attributes['fig-alt']
      local blocks, inlines = split_caption(div)
      return figure(div.identifier, blocks, inlines, alt), false
    elseif kind_of(div.identifier) == 'tbl' or div.classes:includes('cell-tbl') then
      return div_table(div), false
    end
    return columns(div)
  end,
  Figure = function(fig)
    local inlines = pandoc.utils.blocks_to_inlines(fig.caption.long)
    return figure(fig.identifier, fig.content, inlines), false
  end,
  Table = function(tbl)
    local inlines = pandoc.utils.blocks_to_inlines(tbl.caption.long)
    return table_figure(tbl.identifier, { tbl }, inlines), false
  end,
  Para = equations,
  Plain = equations,
  Image = function(image) return described(image) end,
  Header = function(header)
    if kind_of(header.identifier) == 'sec' then
      labels[header.identifier] = { title = stringify(header.content) }
    end
  end,
  CodeBlock = function(code)
    code.attributes.shortcodes = nil
    return code
  end,
}

-- The link for one reference: to this page where the label is known, else for pandoc.py to find.
local function reference(citation)
  local label = citation.id:gsub('^%u', string.lower)
  local bare = citation.mode == 'SuppressAuthor' or #citation.prefix > 0
  local found = labels[label]
  local result = pandoc.Inlines(citation.prefix)
  if #citation.prefix > 0 then result:insert(pandoc.Str(NBSP)) end
  local text, target = label, 'crossref:' .. label
  if found then
    target = '#' .. label
    local name = WORDS[kind_of(label)] .. NBSP
    text = found.title or ((bare and '' or name) .. found.number)
  end
  local class = bare and 'crossref-number' or 'crossref'
  result:insert(pandoc.Link({ pandoc.Str(text) }, target, '', attr('', class)))
  if #citation.suffix > 0 then result:extend(citation.suffix) end
  return result
end

local cites = false
local resolve = {
  Cite = function(cite)
    local result, others = pandoc.Inlines({}), pandoc.List({})
    for _, citation in ipairs(cite.citations) do
      if kind_of(citation.id) then
        if #result > 0 then result:extend({ pandoc.Str(','), pandoc.Space() }) end
        result:extend(reference(citation))
      else
        others:insert(citation)
      end
    end
    if #others > 0 then cites = true end
    if #result == 0 then return nil end
    if #others > 0 then
      result:extend({ pandoc.Space(), pandoc.Cite({ pandoc.Str('') }, others) })
    end
    return result
  end,
}

function Pandoc(doc)
  local title = ''
  doc:walk({
    Header = function(header)
      if header.classes:includes('page-title') then title = stringify(header.content) end
    end,
  })
  doc = doc:walk(number):walk(resolve)
  if cites then
    doc.blocks:insert(pandoc.Header(2, 'References', attr('references', 'references-title')))
    doc.blocks:insert(pandoc.Div({}, pandoc.Attr('refs')))
  end
  local report = pandoc.json.encode({ title = title, labels = labels })
  doc.blocks:insert(1, pandoc.RawBlock('html', report .. MARK))
  return doc
end
