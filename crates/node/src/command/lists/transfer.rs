//! Moving an element from one list to another, or to another end of the same.

use super::ends::End;
use super::{Ctx, Failure, LIST};

/// From where to where an element moves.
pub(super) struct Route<'a> {
    pub(super) source: &'a [u8],
    pub(super) destination: &'a [u8],
    pub(super) from: End,
    pub(super) to: End,
}

impl<'a> Route<'a> {
    /// The route of `LMOVE` and `BLMOVE`.
    pub(super) fn parse(args: &[&'a [u8]]) -> Result<Self, Failure> {
        Ok(Self { source: args[1], destination: args[2], from: End::parse(args[3])?, to: End::parse(args[4])? })
    }

    /// The route of `RPOPLPUSH` and `BRPOPLPUSH`.
    pub(super) const fn back_to_front(args: &[&'a [u8]]) -> Self {
        Self { source: args[1], destination: args[2], from: End::Right, to: End::Left }
    }

    /// Moves an element and writes it; null if the source is not there.
    ///
    /// # Errors
    /// `WRONGTYPE` if the source is no list, or there is something to move and the destination is no list. Nothing moved then.
    pub(super) fn travel(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let Some(element) = ctx.keys.list(self.source)?.and_then(|list| self.from.peek(list)) else {
            ctx.out.null();
            return Ok(());
        };
        ctx.out.bulk(element);
        let len = element.len();
        // The reply holds the one copy that is made: behind the element stands a line break.
        let end = ctx.out.len() - 2;
        let target = ctx.keys.list_or_new(self.destination)?;
        // Pushed before it is dropped, so that a list that turns in itself is never empty.
        self.to.push(target, &ctx.out.bytes()[end - len..end]);
        if let Some(list) = ctx.keys.list_mut(self.source)? {
            self.from.drop_from(list);
        }
        ctx.keys.changed(LIST, self.to.push_event(), self.destination);
        ctx.keys.changed(LIST, self.from.pop_event(), self.source);
        Ok(())
    }
}

pub(super) fn lmove(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    Route::parse(args)?.travel(ctx)
}

pub(super) fn rpoplpush(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    Route::back_to_front(args).travel(ctx)
}
