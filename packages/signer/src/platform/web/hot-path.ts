/** Whether shortcuts ship that pay off at thousands of signatures a second only. */
export const hotPath = false;
