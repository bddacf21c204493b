#![doc = include_str!("../README.md")]

use proc_macro::TokenStream;
use quote::quote;
use syn::{Error, FnArg, ItemFn, Type, parse_macro_input};

/// Makes a test of each database: see the crate.
#[proc_macro_attribute]
pub fn both_databases(_: TokenStream, function: TokenStream) -> TokenStream {
    let function = parse_macro_input!(function as ItemFn);
    match expand(&function) {
        Ok(tests) => tests,
        Err(error) => error.into_compile_error().into(),
    }
}

fn expand(function: &ItemFn) -> Result<TokenStream, Error> {
    let signature = &function.sig;
    let wrong =
        || Error::new_spanned(signature, "an async function with one parameter: a reference to a fixture");
    let (FnArg::Typed(argument), 1) = (signature.inputs.first().ok_or_else(wrong)?, signature.inputs.len())
    else {
        return Err(wrong());
    };
    let Type::Reference(reference) = &*argument.ty else { return Err(wrong()) };
    let (name, attributes, block) = (&signature.ident, &function.attrs, &function.block);
    let (pattern, fixture) = (&argument.pat, &reference.elem);
    Ok(quote! {
        mod #name {
            #[allow(unused_imports, reason = "each test takes what it needs")]
            use super::*;

            #(#attributes)*
            async fn check(#pattern: &#fixture) #block

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                let Some(fixture) = <#fixture>::on_sqlite().await else { return };
                check(&fixture).await;
                fixture.clear().await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                let Some(fixture) = <#fixture>::on_postgres().await else { return };
                check(&fixture).await;
                fixture.clear().await;
            }
        }
    }
    .into())
}
