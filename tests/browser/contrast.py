"""The contrast between text and its background, by the formula of WCAG 2."""

from __future__ import annotations

FAINT = """
const least = arguments[0];
const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
const light = (colour) => {
  const [r, g, b] = numbers(colour).slice(0, 3)
    .map((c) => c / 255).map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const behind = (element) => {
  for (let e = element; e; e = e.parentElement) {
    const colour = getComputedStyle(e).backgroundColor;
    if (numbers(colour)[3] !== 0) return colour;
  }
  return 'rgb(255, 255, 255)';
};
const own = (element) =>
  [...element.childNodes].some((n) => n.nodeType === Node.TEXT_NODE && n.data.trim());
document.querySelectorAll('details').forEach((d) => { d.open = true });
return [...document.body.querySelectorAll('*:not(script)')]
  .filter((e) => own(e) && e.checkVisibility())
  .filter((e) => {
    const [a, b] = [getComputedStyle(e).color, behind(e)].map(light).sort((x, y) => y - x);
    return (a + 0.05) / (b + 0.05) < least;
  })
  .map((e) => e.textContent.trim());
"""
"""A script: the texts whose contrast is less than its argument; nothing is left folded."""
