#![doc = include_str!("../README.md")]

use proc_macro::TokenStream;
use quote::quote;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Error, Expr, Ident, LitStr, Path, Token, parse_macro_input};

/// Builds a `SafeSql`: path of the crate, `;`, and the arguments of `sql!`.
#[proc_macro]
pub fn build_sql(input: TokenStream) -> TokenStream {
    let template = parse_macro_input!(input as Template);
    template.expand().unwrap_or_else(Error::into_compile_error).into()
}

struct Template {
    /// The crate of `SafeSql`.
    home: Path,
    text: LitStr,
    arguments: Punctuated<Expr, Token![,]>,
}

impl Parse for Template {
    fn parse(input: ParseStream<'_>) -> Result<Self, Error> {
        let home = input.call(Path::parse_mod_style)?;
        input.parse::<Token![;]>()?;
        let text = input.parse()?;
        if !input.is_empty() {
            input.parse::<Token![,]>()?;
        }
        Ok(Self { home, text, arguments: Punctuated::parse_terminated(input)? })
    }
}

impl Template {
    fn expand(&self) -> Result<proc_macro2::TokenStream, Error> {
        let wrong = |what: &str| Error::new_spanned(&self.text, what);
        let template = self.text.value();
        let (named, positional): (Vec<_>, Vec<_>) =
            self.arguments.iter().partition(|argument| matches!(argument, Expr::Assign(_)));
        let (mut pieces, mut positional, mut rest) = (Vec::new(), positional.into_iter(), template.as_str());
        while let Some(at) = rest.find(['{', '}']) {
            let (before, from) = rest.split_at(at);
            pieces.push(quote!(#before));
            if let Some(after) = from.strip_prefix("{{").or_else(|| from.strip_prefix("}}")) {
                let brace = &from[..1];
                pieces.push(quote!(#brace));
                rest = after;
                continue;
            }
            let (name, after) = from[1..].split_once('}').ok_or_else(|| wrong("a brace is not closed"))?;
            pieces.push(if name.is_empty() {
                let argument = positional.next().ok_or_else(|| wrong("an argument is missing"))?;
                quote!((#argument))
            } else {
                let name: Ident = syn::parse_str(name).map_err(|_| wrong("only {} and {name} are known"))?;
                match named.iter().find_map(|argument| value_of(argument, &name)) {
                    Some(value) => quote!((#value)),
                    None => {
                        let name = Ident::new(&name.to_string(), self.text.span());
                        quote!(#name)
                    }
                }
            });
            rest = after;
        }
        if positional.next().is_some() {
            return Err(wrong("there are more arguments than {}"));
        }
        pieces.push(quote!(#rest));
        let home = &self.home;
        Ok(quote! {{
            let mut text = #home::SafeSql::default();
            #(text.push(&#pieces);)*
            text
        }})
    }
}

/// The value of `name = value`, if it is an argument of this name.
fn value_of<'a>(argument: &'a Expr, name: &Ident) -> Option<&'a Expr> {
    let Expr::Assign(argument) = argument else { return None };
    let Expr::Path(path) = &*argument.left else { return None };
    path.path.is_ident(name).then_some(&*argument.right)
}
