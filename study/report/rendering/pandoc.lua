-- What Quarto adds to Pandoc's Markdown, as far as the report's pages hold it: numbered figures, tables and equations,
-- references to them on the same page, callouts, and the list of what a page cites.

local WORDS = { fig = 'Figure', tbl = 'Table', eq = 'Equation' }
local NBSP = '\u{a0}'

local chapter = '' -- the page's place in the report, and a point
local counts = { fig = 0, tbl = 0, eq = 0 }
local labels = {} -- label -> its words, such as Figure 1

local stringify = pandoc.utils.stringify
local inlines_of = pandoc.utils.blocks_to_inlines

-- Attributes are pairs, not a table by name, whose order would change from one run to the next.
local function attr(id, class, attributes)
  return pandoc.Attr(id or '', { class }, attributes or {})
end

local function scroller(block, name)
  local attributes = { { 'tabindex', '0' }, { 'role', 'region' }, { 'aria-label', name } }
  return pandoc.Div({ block }, attr('', 'scroll', attributes))
end

-- Numbers what has a label and returns the words that open its caption.
local function numbered(id)
  local kind = id:match('^(%a+)%-.')
  if not WORDS[kind] then return nil end
  counts[kind] = counts[kind] + 1
  labels[id] = WORDS[kind] .. NBSP .. chapter .. counts[kind]
  return labels[id]
end

local function opened(name, caption)
  if not name then return caption end
  local opening = pandoc.Span({ pandoc.Str(name .. ':') }, attr('', 'caption-label'))
  return pandoc.Inlines({ opening, pandoc.Space() }) .. caption
end

local number = {
  Figure = function(figure)
    local name = numbered(figure.identifier)
    local image = figure.content[1].content[1]
    image.attributes.alt, image.attributes['fig-alt'] = image.attributes['fig-alt'], nil
    local caption = pandoc.Plain(opened(name, inlines_of(figure.caption.long)))
    return pandoc.Figure({ scroller(pandoc.Plain({ image }), name or 'Figure') }, { long = { caption } },
      attr(figure.identifier, 'figure'))
  end,
  Table = function(tbl)
    local id, caption = tbl.identifier, inlines_of(tbl.caption.long)
    local name = numbered(id)
    local label = (name and name .. ': ' or '') .. stringify(caption)
    tbl.attr, tbl.caption = pandoc.Attr(), { long = {} }
    local blocks = pandoc.Blocks({ scroller(tbl, label == '' and 'Table' or label) })
    if #caption > 0 then
      blocks:insert(1, pandoc.Div({ pandoc.Plain(opened(name, caption)) }, attr('', 'table-caption')))
    end
    return pandoc.Div(blocks, attr(id, 'table-figure'))
  end,
  -- $$…$$ {#eq-x}: Pandoc leaves the braces as text behind the formula.
  Para = function(para)
    local math, last = para.content[1], para.content[#para.content]
    local id = math.mathtype == 'DisplayMath' and last.t == 'Str' and last.text:match('^{#(eq%-.+)}$')
    if not id then return nil end
    numbered(id)
    local place = pandoc.Span({ pandoc.Str('(' .. chapter .. counts.eq .. ')') }, attr('', 'equation-number'))
    return pandoc.Para({ pandoc.Span({ math, place }, attr(id, 'equation')) })
  end,
  -- The heading that a callout begins with is its title.
  Div = function(div)
    local kind = stringify(div.classes):match('callout%-%a+')
    if not kind or div.content[1].t ~= 'Header' then return nil end
    local title = div.content:remove(1).content
    div.content:insert(1, pandoc.Div({ pandoc.Plain(title) }, attr('', 'callout-title')))
    div.attr = pandoc.Attr(div.identifier, { 'callout', kind }, { { 'role', 'note' }, { 'aria-label', stringify(title) } })
    return div
  end,
}

local function known()
  local names = {}
  for label in pairs(labels) do names[#names + 1] = label end
  table.sort(names)
  return #names > 0 and table.concat(names, ', ') or 'none'
end

local cites = false
local resolve = {
  Cite = function(cite)
    local first = cite.citations[1]
    local id, alone = first.id, #cite.citations == 1 and #first.prefix == 0 and #first.suffix == 0
    if not (WORDS[id:match('^(%a+)%-')] or id:match('^sec%-')) then
      cites = true
    elseif labels[id] and alone then
      return pandoc.Link({ pandoc.Str(labels[id]) }, '#' .. id, '', attr('', 'crossref'))
    else
      io.stderr:write('[WARNING] @' .. id .. ' is unresolved or not alone. The labels of this page are: ' .. known() .. '.\n')
      return pandoc.Str(id) -- no citation either
    end
  end,
}

function Pandoc(doc)
  local place = doc.meta['number-offset']
  if place then chapter = stringify(place) .. '.' end
  doc = doc:walk(number):walk(resolve)
  if not cites then return doc end
  doc.blocks:insert(pandoc.Header(2, 'References', attr('references', 'references-title')))
  doc.blocks:insert(pandoc.Div({}, pandoc.Attr('refs')))
  return pandoc.utils.citeproc(doc) -- nine tenths of Pandoc's time on a page
end
