//! Lines of braille dots, with a mark or a word here and there.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Style};
use ratatui::symbols::Marker;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;
use ratatui::widgets::canvas::{self, Canvas, Context};

/// A cell without a dot in Unicode's braille patterns; the dots are the bits above it.
const NO_DOTS: u32 = 0x2800;

/// Both `x` and `y` go from 0 to 1, upwards and to the right.
pub(super) type Point = (f64, f64);

/// From one point to another.
pub(super) type Stroke = [Point; 2];

#[derive(Clone, Copy, Default)]
struct Cell {
    dots: u32,
    mark: Option<char>,
    style: Style,
}

/// Rows of cells with eight dots each.
pub(super) struct Dots {
    pub(super) width: usize,
    pub(super) height: usize,
    cells: Vec<Cell>,
}

impl Dots {
    /// Nothing drawn yet.
    pub(super) fn new(width: usize, height: usize) -> Self {
        let cells = vec![Cell::default(); width * height];
        Self {
            width,
            height,
            cells,
        }
    }

    /// Draws strokes over what is there: dots stay, the look is that of the newest.
    pub(super) fn draw(&mut self, strokes: &[Stroke], style: Style) {
        let line = |&[(x1, y1), (x2, y2)]: &Stroke| canvas::Line::new(x1, y1, x2, y2, Color::Reset);
        if !strokes.is_empty() {
            self.paint(style, |context| {
                for stroke in strokes {
                    context.draw(&line(stroke));
                }
            });
        }
    }

    /// The same with single dots.
    pub(super) fn dot(&mut self, coords: &[Point], style: Style) {
        let color = Color::Reset;
        self.paint(style, |context| {
            context.draw(&canvas::Points { coords, color });
        });
    }

    fn paint(&mut self, style: Style, paint: impl Fn(&mut Context)) {
        let (Ok(width), Ok(height)) = (self.width.try_into(), self.height.try_into()) else {
            return;
        };
        let area = Rect::new(0, 0, width, height);
        if area.is_empty() {
            return;
        }
        let mut buffer = Buffer::empty(area);
        Canvas::default()
            .marker(Marker::Braille)
            .x_bounds([0.0, 1.0])
            .y_bounds([0.0, 1.0])
            .paint(paint)
            .render(area, &mut buffer);
        for (cell, drawn) in self.cells.iter_mut().zip(&buffer.content) {
            let symbol = drawn.symbol().chars().next().map_or(0, u32::from);
            let dots = symbol.checked_sub(NO_DOTS).filter(|dots| *dots < 256);
            if let Some(dots) = dots.filter(|dots| *dots > 0) {
                cell.dots |= dots;
                cell.style = style;
            }
        }
    }

    /// Puts a mark into a cell, unless there is one.
    pub(super) fn mark(&mut self, column: usize, row: usize, mark: char, style: Style) -> bool {
        let inside = column < self.width && row < self.height;
        let place = row * self.width + column;
        let cell = self
            .cells
            .get_mut(place)
            .filter(|cell| inside && cell.mark.is_none());
        cell.is_some_and(|cell| {
            (cell.mark, cell.style) = (Some(mark), style);
            true
        })
    }

    /// A row, its neighbours of the same look together.
    pub(super) fn row(&self, row: usize) -> Vec<Span<'static>> {
        let cells = &self.cells[row * self.width..(row + 1) * self.width];
        let alike = cells.chunk_by(|one, other| one.style == other.style);
        let span = |cells: &[Cell]| {
            let symbol = |cell: &Cell| match (cell.mark, cell.dots) {
                (Some(mark), _) => mark,
                (None, 0) => ' ',
                (None, dots) => char::from_u32(NO_DOTS + dots).unwrap_or(' '),
            };
            let text: String = cells.iter().map(symbol).collect();
            Span::styled(text, cells[0].style)
        };
        alike.map(span).collect()
    }
}

/// Marks in a row.
pub(super) fn marks(marks: &[(char, Style)]) -> Line<'static> {
    let alike = marks.chunk_by(|one, other| one.1 == other.1);
    let span = |marks: &[(char, Style)]| {
        let text: String = marks.iter().map(|(mark, _)| mark).collect();
        Span::styled(text, marks[0].1)
    };
    Line::from(alike.map(span).collect::<Vec<_>>())
}
