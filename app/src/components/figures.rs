//! Tables of figures on the pages of administrators.

use leptos::prelude::*;

/// A table whose first column names its rows. Scrolls sideways by itself on a phone.
#[component]
pub fn FiguresTable(
    id: &'static str,
    caption: &'static str,
    heads: Vec<&'static str>,
    rows: Vec<Vec<String>>,
) -> impl IntoView {
    let row = |cells: Vec<String>| {
        let mut cells = cells.into_iter();
        let name = cells.next();
        view! { <tr><th scope="row">{name}</th>{cells.map(|cell| view! { <td>{cell}</td> }).collect_view()}</tr> }
    };
    view! {
        <section class="stack" aria-labelledby=id>
            <h2 id=id>{caption}</h2>
            <div class="overflow-x-auto" tabindex="0" role="group" aria-labelledby=id>
                <table class="figures">
                    <thead>
                        <tr>{heads.into_iter().map(|head| view! { <th scope="col">{head}</th> }).collect_view()}</tr>
                    </thead>
                    <tbody>{rows.into_iter().map(row).collect_view()}</tbody>
                </table>
            </div>
        </section>
    }
}
